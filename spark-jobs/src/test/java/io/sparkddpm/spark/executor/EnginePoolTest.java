package io.sparkddpm.spark.executor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.sparkddpm.engine.OptimizerConfig;
import io.sparkddpm.network.UNetConfig;
import java.util.List;
import org.junit.jupiter.api.Test;

class EnginePoolTest {
  private final EnginePool pool = new EnginePool();

  private static EnginePool.Key key(int imageSize) {
    UNetConfig network = new UNetConfig(imageSize, 1, 1, 32, List.of(1), 1, List.of(), 0);
    return new EnginePool.Key(new TinyModel.Factory(), network, OptimizerConfig.DEFAULTS, 1);
  }

  private EnginePool.Engine any(Role role, EnginePool.Key key) {
    return pool.use(role, key, engine -> engine);
  }

  @Test
  void aTaskHoldsModelsOfTwoRolesWithDifferentNetworks() {
    for (int i = 0; i < 2; i++) {
      pool.<Void, RuntimeException>use(
          Role.DENOISER,
          key(4),
          student ->
              pool.use(
                  Role.TEACHER,
                  key(8),
                  teacher -> {
                    assertEquals(4 * 4, student.model().inputShape().length());
                    assertEquals(8 * 8, teacher.model().inputShape().length());
                    assertEquals(key(4).parameters(), student.state().parameters().length);
                    return null;
                  }));
      assertEquals(1, pool.idle(Role.DENOISER)); // the one made first serves again
      assertEquals(1, pool.idle(Role.TEACHER));
    }
  }

  @Test
  void aModelIsOfOneRole() {
    EnginePool.Engine denoiser = any(Role.DENOISER, key(4));
    EnginePool.Engine teacher = any(Role.TEACHER, key(4));
    assertNotSame(denoiser, teacher);
    assertSame(denoiser, any(Role.DENOISER, key(4)));
    assertSame(teacher, any(Role.TEACHER, key(4)));
    any(Role.TEACHER, key(8)); // closes the teacher of another network, not the denoiser
    assertSame(denoiser, any(Role.DENOISER, key(4)));
    assertNotSame(teacher, any(Role.TEACHER, key(4)));
  }

  @Test
  void detachedBuffersAreUsedAgain() {
    EnginePool.Engine engine = any(Role.DENOISER, key(4));
    var state = engine.state();
    var buffers = engine.detachBuffers();
    assertNotSame(state, engine.state());
    engine.detachBuffers();
    pool.recycle(buffers);
    assertSame(state, engine.state());
  }
}
