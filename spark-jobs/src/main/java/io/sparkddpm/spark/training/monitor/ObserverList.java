package io.sparkddpm.spark.training.monitor;

import io.sparkddpm.engine.TrainingMetrics;
import io.sparkddpm.spark.training.checkpoint.Checkpoint;
import java.util.List;

/** Passes each event to several observers, in their order. */
public final class ObserverList implements RunObserver {
  private final List<RunObserver> observers;

  public ObserverList(List<RunObserver> observers) {
    this.observers = List.copyOf(observers);
  }

  @Override
  public void opened(RunSnapshot snapshot) {
    observers.forEach(o -> o.opened(snapshot));
  }

  @Override
  public void measured(TrainingMetrics metrics) {
    observers.forEach(o -> o.measured(metrics));
  }

  @Override
  public void gridDue(RunSnapshot snapshot) {
    observers.forEach(o -> o.gridDue(snapshot));
  }

  @Override
  public void checkpointed(Checkpoint checkpoint) {
    observers.forEach(o -> o.checkpointed(checkpoint));
  }

  @Override
  public void ended(RunEnd end) {
    observers.forEach(o -> o.ended(end));
  }
}
