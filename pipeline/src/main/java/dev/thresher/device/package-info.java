/** What an int8 device computes: the exported network in integers only, bit for bit. */
package dev.thresher.device;
