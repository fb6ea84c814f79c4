/**
 * Immutable objects and atomic commit records in an object store or a file system. Imports none of
 * ours.
 */
package dev.thresher.store;
