package io.sparkddpm.objective;

import io.sparkddpm.tensor.Batch;

/**
 * What one local step trains on.
 *
 * @param xt noised images [N, C, H, W]
 * @param timesteps zero-based t of each image
 * @param target what the network should predict (ε, x0 or v), the shape of {@code xt}
 * @param weights weight of each image's squared error in the loss; all 1 for L_simple
 * @param dropoutKeys a key per image from which its dropout masks are drawn
 */
public record TrainingBatch(
    Batch xt, int[] timesteps, Batch target, float[] weights, long[] dropoutKeys) {}
