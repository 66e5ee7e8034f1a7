package io.sparkddpm.spark.train;

import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.GaussianDiffusion;
import io.sparkddpm.image.ImageBatch;
import io.sparkddpm.image.Pixels;
import io.sparkddpm.schedule.NoiseSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import io.sparkddpm.train.BatchNoiser;
import io.sparkddpm.train.Minibatch;
import io.sparkddpm.train.TrainingConfig;
import io.sparkddpm.train.WorkerRound;
import java.io.Serializable;

/** What every worker of a run knows from the start; broadcast once. */
record Setup(
    ScheduleConfig schedule,
    DiffusionConfig diffusion,
    TrainingConfig training,
    long seed,
    EnginePool.Key engine,
    BatchSource source)
    implements Serializable {

  /** A worker's share of a step, read and mirrored. */
  Minibatch minibatch(int worker, long step) {
    BatchSource.Examples examples =
        source.read(
            step * training.batchSize() + training.shareStart(worker), training.shareSize(worker));
    ImageBatch images = examples.images();
    for (int i = 0; training.flip() && i < images.count(); i++) {
      if (Pixels.isFlipped(seed, step, examples.ids()[i])) {
        Pixels.flipHorizontally(images, i);
      }
    }
    return new Minibatch(step, images, examples.ids());
  }

  /** The steps of a worker on a model. */
  WorkerRound round(EnginePool.Engine on) {
    GaussianDiffusion process = new GaussianDiffusion(NoiseSchedule.of(schedule), diffusion);
    return new WorkerRound(on.model(), new BatchNoiser(process, seed), schedule.steps());
  }
}
