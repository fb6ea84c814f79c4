package dev.thresher.finetune;

/**
 * How far fine-tuning is.
 *
 * @param round rounds done
 * @param rounds of the plan
 * @param images read so far, of this run and of the runs it resumes
 * @param imagesTotal of the plan
 * @param loss of the last round
 * @param learningRate of the last step
 * @param imagesPerSecond of the last round
 */
public record FineTuneProgress(
    int round,
    int rounds,
    long images,
    long imagesTotal,
    double loss,
    double learningRate,
    double imagesPerSecond) {}
