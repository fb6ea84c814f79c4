/** The local object store's process. */
package dev.thresher.objectstore;
