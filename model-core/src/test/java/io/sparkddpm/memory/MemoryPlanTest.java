package io.sparkddpm.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MemoryPlanTest {
  @Test
  void tensorsAliveTogetherNeverOverlap() {
    for (int seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      MemoryPlan plan = new MemoryPlan();
      List<Tensor> alive = new ArrayList<>();
      for (int i = 0; i < 2000; i++) {
        if (alive.isEmpty() || (alive.size() < 60 && random.nextInt(5) < 3)) {
          Tensor tensor = plan.allocate(1 + random.nextInt(100));
          for (Tensor other : alive) {
            boolean apart =
                tensor.offset() >= other.offset() + other.length()
                    || other.offset() >= tensor.offset() + tensor.length();
            assertTrue(apart, "seed " + seed + ", allocation " + i);
          }
          alive.add(tensor);
        } else {
          alive.remove(random.nextInt(alive.size())).release();
        }
      }
    }
  }

  @Test
  void memoryGivenBackServesAgain() {
    MemoryPlan plan = new MemoryPlan();
    for (int i = 0; i < 100; i++) {
      Tensor a = plan.allocate(16);
      Tensor b = plan.allocate(32);
      a.release();
      b.release();
    }
    assertEquals(48, plan.elements());
  }
}
