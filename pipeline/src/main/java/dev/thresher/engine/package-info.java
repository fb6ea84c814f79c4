/** Forward and backward passes of float and quantized networks on one machine. */
package dev.thresher.engine;
