package io.sparkddpm.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sparkddpm.tensor.NamedTensor;
import io.sparkddpm.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class UNet1dConfigTest {
  private static UNet1dConfig signals(int length, List<Integer> multipliers) {
    return new UNet1dConfig(length, 1, 1, 8, multipliers, 1, List.of(16), 0, 4, 10, 0, 0);
  }

  @Test
  void itHasTheUNetsTensorsWithKernelsOfOneRow() {
    UNetConfig images =
        new UNetConfig(32, 1, 1, 8, List.of(1, 2, 2), 1, List.of(16), 0, 4, 10, 0, 0, 0);
    Map<String, List<Integer>> shapes =
        images.spec().layout().stream()
            .collect(Collectors.toMap(NamedTensor::name, NamedTensor::shape));
    List<NamedTensor> layout = signals(32, List.of(1, 2, 2)).spec().layout();
    assertEquals(shapes.size(), layout.size());
    for (NamedTensor tensor : layout) {
      List<Integer> image = shapes.get(tensor.name());
      boolean neighbours = image.size() == 4 && image.get(3) == 3;
      List<Integer> row = neighbours ? List.of(image.get(0), image.get(1), 1, 3) : image;
      assertEquals(row, tensor.shape(), tensor.name());
    }
  }

  @Test
  void levelsHalveTheLengthAlone() {
    NetworkSpec spec = signals(32, List.of(1, 2, 2)).spec();
    assertEquals(Shape.of(1, 1, 32), spec.inputShape());
    assertEquals(Shape.of(1, 1, 32), spec.outputShape());
    assertEquals(
        List.of(16, 8),
        spec.body().stream()
            .filter(Downsample.class::isInstance)
            .map(node -> node.out().dim(2))
            .toList());
    // a 1×3 kernel costs 3 multiplications and additions for each pair of channels and place
    assertEquals(2 * 3 * 8 * 32, spec.body().get(0).flops());
  }

  @Test
  void lengthsThatCannotBeHalvedAreRefused() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> signals(30, List.of(1, 2, 2)));
    assertEquals(
        "length must be divisible by 2^(levels−1) for 1 to 16 levels, got 30 for 3 levels",
        e.getMessage());
  }
}
