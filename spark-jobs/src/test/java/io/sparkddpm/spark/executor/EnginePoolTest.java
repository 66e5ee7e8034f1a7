package io.sparkddpm.spark.executor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.spark.training.RunSettings;
import io.sparkddpm.spark.training.job.TrainFixture;
import org.junit.jupiter.api.Test;

class EnginePoolTest {
  private static EnginePool.Key key(int threads) {
    RunSettings settings = TrainFixture.settings(TrainFixture.training(4, 4, 1, 1));
    return new EnginePool.Key(
        new TinyModel.Factory(), settings.model(), OptimizerConfig.DEFAULTS, threads);
  }

  @Test
  void modelsServeOneTaskAfterAnother() {
    EnginePool pool = new EnginePool();
    EnginePool.Engine first = pool.borrow(key(1));
    EnginePool.Engine second = pool.borrow(key(1));
    assertNotSame(first, second);
    pool.giveBack(first);
    pool.giveBack(second);
    assertEquals(2, pool.idleCount());
    assertSame(second, pool.borrow(key(1)));
    assertSame(first, pool.borrow(key(1)));
    assertEquals(0, pool.idleCount());
  }

  @Test
  void anotherKindClosesTheIdleOnes() {
    EnginePool pool = new EnginePool();
    EnginePool.Engine one = pool.borrow(key(1));
    pool.giveBack(one);
    EnginePool.Engine two = pool.borrow(key(2));
    assertEquals(0, pool.idleCount());
    pool.giveBack(two);
    assertNotSame(one, pool.borrow(key(1)));
  }

  @Test
  void detachedBuffersAreUsedAgain() {
    EnginePool pool = new EnginePool();
    EnginePool.Engine engine = pool.borrow(key(1));
    var state = engine.state();
    var buffers = engine.detachBuffers();
    assertNotSame(state, engine.state());
    engine.detachBuffers();
    pool.recycle(buffers);
    assertSame(state, engine.state());
  }
}
