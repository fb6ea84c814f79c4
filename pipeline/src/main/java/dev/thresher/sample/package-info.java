/**
 * Images to a seeded, stratified sample of prepared images: found, selected, decoded once, written
 * as Parquet parts that a manifest names.
 */
package dev.thresher.sample;
