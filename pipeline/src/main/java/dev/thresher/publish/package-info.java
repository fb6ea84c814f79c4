/** What is published: which run's model is current for a network, and which were before. */
package dev.thresher.publish;
