/**
 * Fine-tuning of the threshold scales, and of nothing else: a DL4J layer around the quantized
 * network, distillation without labels, and rounds of parameter averaging over logical shards.
 */
package dev.thresher.finetune;
