package io.sparkddpm.spark.evaluation.features;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ByteImage;
import io.sparkddpm.statistics.ExtractorIdentity;
import io.sparkddpm.statistics.FeatureExtractor;
import io.sparkddpm.statistics.FeatureLayer;
import io.sparkddpm.statistics.RgbImage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FeatureBatchesTest {
  /** Two features: the first pixel's red, and its reciprocal. */
  private static final class Reciprocals implements FeatureExtractor {
    @Override
    public ExtractorIdentity identity() {
      return new ExtractorIdentity("reciprocals", "none", "none");
    }

    @Override
    public List<FeatureLayer> layers() {
      return List.of(new FeatureLayer("first", 2, "distance"));
    }

    @Override
    public int preferredBatch() {
      return 3;
    }

    @Override
    public int smallestSide() {
      return 1;
    }

    @Override
    public float[][] extract(List<RgbImage> images) {
      float[] features = new float[2 * images.size()];
      for (int i = 0; i < images.size(); i++) {
        features[2 * i] = images.get(i).pixels()[0];
        features[2 * i + 1] = 1 / features[2 * i];
      }
      return new float[][] {features};
    }

    @Override
    public void close() {
      // holds nothing
    }
  }

  private static ByteImage image(int red, int size) {
    byte[] planes = new byte[3 * size * size];
    planes[0] = (byte) red;
    return new ByteImage(planes, 3, size, size);
  }

  @Test
  void imagesOfManySizesKeepTheirOrder() {
    List<Float> seen = new ArrayList<>();
    List<Integer> labels = new ArrayList<>();
    FeatureBatches batches =
        new FeatureBatches(
            new Reciprocals(),
            Long.MAX_VALUE,
            (features, ofImages) -> {
              labels.addAll(ofImages);
              for (int i = 0; i < ofImages.size(); i++) {
                seen.add(features[0][2 * i]);
              }
            });
    int[] sizes = {2, 2, 2, 2, 5, 2, 3};
    for (int i = 0; i < sizes.length; i++) {
      batches.add("image " + i, 10 * i, image(i + 1, sizes[i]));
    }
    batches.add("grey", -1, new ByteImage(new byte[] {9}, 1, 1, 1));
    batches.flush();
    assertEquals(List.of(1f, 2f, 3f, 4f, 5f, 6f, 7f, 9f), seen);
    assertEquals(List.of(0, 10, 20, 30, 40, 50, 60, -1), labels);
  }

  @Test
  void aFeatureThatIsNoNumberNamesItsImage() {
    FeatureBatches batches =
        new FeatureBatches(new Reciprocals(), Long.MAX_VALUE, (features, count) -> {});
    batches.add("samples/part-0, image 17", 0, image(4, 2));
    batches.add("samples/part-0, image 18", 0, image(0, 2));
    UserException e = assertThrows(UserException.class, batches::flush);
    assertTrue(
        e.getMessage().startsWith("samples/part-0, image 18: feature 1 is Infinity"),
        e.getMessage());
  }
}
