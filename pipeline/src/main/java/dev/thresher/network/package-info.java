/** The float network as a graph of operators, and its import. */
package dev.thresher.network;
