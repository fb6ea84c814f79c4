/** The configuration: read once, checked whole, kept in records. */
package dev.thresher.jobs.config;
