/** Named arrays and facts about them in one file; imports nothing of ours. */
package dev.thresher.container;
