package io.sparkddpm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.config.ConfigLayer;
import io.sparkddpm.engine.nd4j.Nd4jEngine;
import io.sparkddpm.error.UserException;
import org.junit.jupiter.api.Test;

class EnginesTest {
  @Test
  void theDefaultEngineIsThere() {
    assertEquals(new Nd4jEngine(), Engines.of(EngineConfig.DEFAULTS));
  }

  @Test
  void anEngineThatIsNotThereIsNamedWithWhatToDo() {
    UserException e = assertThrows(UserException.class, () -> Engines.of(TorchConfig.DEFAULTS));
    assertTrue(
        e.getMessage().startsWith("engine = torch is not on the class path: scripts/ddpm"),
        e.getMessage());
  }

  private static TorchConfig bind(String text) {
    return ConfigBinder.bind(TorchConfig.DEFAULTS, ConfigLayer.text("test", text));
  }

  @Test
  void precisionsAreWrittenAsTheirNames() {
    assertEquals(Precision.BFLOAT16, bind("precision = bfloat16").precision());
    assertEquals(Precision.TF32, bind("precision = tf32, device = cuda").precision());
  }

  @Test
  void tf32IsRefusedOnProcessors() {
    UserException e = assertThrows(UserException.class, () -> bind("precision = tf32"));
    assertTrue(e.getMessage().contains("tf32 is a format of NVIDIA's cards"), e.getMessage());
  }
}
