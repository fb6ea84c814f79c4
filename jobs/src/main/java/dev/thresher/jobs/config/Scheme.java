package dev.thresher.jobs.config;

/** Where the ranges of activations lie. */
public enum Scheme {
  /** Around zero, or from zero up. */
  SYMMETRIC,
  /** From any left end to any right end. */
  ASYMMETRIC
}
