package dev.thresher.store;

import java.time.Instant;

/**
 * An object as a listing shows it. Readers of a run never list; only its inspection does.
 *
 * @param key below the run's folder
 * @param size in bytes
 * @param modified when the store says that it was written
 */
public record StoredObject(String key, long size, Instant modified) {}
