package io.sparkddpm.statistics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The modes against numbers by the programs that they follow: PyTorch 2.13 ({@code interpolate} on
 * v/255, then 2v − 1) and Pillow 12.3 ({@code resize} of each channel in mode F with BICUBIC, cut
 * to 0…255, then (v − 128)/128), on an image whose byte i (height, width, channel) is (37i + 11i²)
 * mod 256. The arrays hold channel 1, the sums all three.
 */
class ResizeModeTest {
  private static final float[] PYTORCH_5X4_TO_7 = {
    -0.6235294f, -0.5675070f, -0.4778711f, -0.6156863f, -0.6750698f, 0.0420171f, 0.4901961f,
    -0.6773109f, -0.5828731f, -0.4317727f, -0.5081232f, -0.5060421f, 0.2725092f, 0.7591037f,
    -0.5294117f, -0.3869547f, -0.1590235f, -0.1585433f, -0.1206080f, 0.4069630f, 0.7366947f,
    -0.0588235f, 0.1316527f, 0.4364146f, 0.5137255f, 0.5260503f, 0.3109244f, 0.1764706f,
    -0.4845939f, -0.2460985f, 0.1354942f, 0.2896359f, 0.3787915f, 0.2404962f, 0.1540617f,
    -0.5876751f, -0.3011604f, 0.1572630f, 0.3882354f, 0.5542216f, 0.4927571f, 0.4543418f,
    -0.4980392f, -0.1731092f, 0.3467788f, 0.6392157f, 0.8666666f, 0.8666667f, 0.8666667f
  };
  private static final float[] PYTORCH_13X9_TO_4 = {
    0.5664216f, -0.5301471f, 0.3085785f, -0.1801470f, -0.4772059f, -0.1394608f, 0.1257354f,
    0.3183824f, 0.1026961f, -0.3840686f, -0.2845588f, -0.0693628f, 0.2982844f, -0.5110294f,
    0.3953432f, 0.4134804f
  };
  private static final float[] CLEAN_5X4_TO_7 = {
    -0.6310673f, -0.5638902f, -0.4713333f, -0.6964692f, -0.7353783f, 0.0710497f, 0.5553614f,
    -0.7408160f, -0.6381611f, -0.4773629f, -0.6512671f, -0.6163055f, 0.3451471f, 0.9156466f,
    -0.5809898f, -0.4273286f, -0.1684203f, -0.2181635f, -0.1640819f, 0.4928223f, 0.8790433f,
    -0.1046425f, 0.0949830f, 0.4423031f, 0.5644531f, 0.5323009f, 0.2881279f, 0.1421274f,
    -0.5575953f, -0.3120057f, 0.1237261f, 0.3266616f, 0.3653668f, 0.1715481f, 0.0492741f,
    -0.6914605f, -0.3948647f, 0.1389773f, 0.4238714f, 0.5544633f, 0.4968121f, 0.4477822f,
    -0.5636545f, -0.2315809f, 0.3705026f, 0.7149385f, 0.9050723f, 0.9156625f, 0.9021103f
  };
  private static final float[] CLEAN_13X9_TO_4 = {
    0.3033895f, -0.0681357f, -0.0744337f, -0.0177986f, -0.0647789f, 0.0579042f, -0.0963170f,
    -0.0315748f, -0.1607774f, -0.3191745f, -0.1751641f, 0.2166013f, 0.2223247f, -0.0268938f,
    -0.1284975f, 0.2399243f
  };

  @Test
  void pytorchEqualsPytorch() {
    check(ResizeMode.PYTORCH, 5, 4, 7, PYTORCH_5X4_TO_7, 13.0142505, 47.8658640);
    check(ResizeMode.PYTORCH, 13, 9, 4, PYTORCH_13X9_TO_4, 3.3411777, 18.6441176);
  }

  @Test
  void cleanEqualsPillow() {
    check(ResizeMode.CLEAN, 5, 4, 7, CLEAN_5X4_TO_7, 13.2697448, 55.9789706);
    check(ResizeMode.CLEAN, 13, 9, 4, CLEAN_13X9_TO_4, 0.9466146, 8.8167102);
  }

  /** The first image of CIFAR-10's test set at the network's size, at six places. */
  @Test
  void realImagesAtTheNetworksSizeEqualThoseOfTheOtherPrograms() throws IOException {
    Map<String, NpyArray> golden = SharedFiles.goldenArrays("inception/features.npz");
    byte[] pixels = golden.get("images_u8_nhwc").data();
    float[] pytorch = {0.2392157f, -0.1116361f, -0.4745098f, -0.5898223f, 0.2825766f, 0.2549020f};
    float[] clean = {0.2388617f, -0.1252999f, -0.4896486f, -0.5939285f, 0.2997129f, 0.2518045f};
    int[][] places = {
      {0, 0, 0}, {0, 150, 150}, {1, 298, 298}, {2, 17, 203}, {1, 100, 7}, {2, 298, 0}
    };
    float[] byPytorch = new float[3 * 299 * 299];
    float[] byClean = new float[3 * 299 * 299];
    ResizeMode.PYTORCH.from(32, 32, 299).toInput(pixels, 0, byPytorch);
    ResizeMode.CLEAN.from(32, 32, 299).toInput(pixels, 0, byClean);
    for (int i = 0; i < places.length; i++) {
      int at = (places[i][0] * 299 + places[i][1]) * 299 + places[i][2];
      assertEquals(pytorch[i], byPytorch[at], 2e-6f);
      assertEquals(clean[i], byClean[at], 2e-6f);
    }
  }

  @Test
  void everyModeKeepsAnImageOfTheRightSize() {
    byte[] pixels = image(6, 6);
    for (ResizeMode mode : ResizeMode.values()) {
      float[] out = new float[3 * 36];
      InputResize resize = mode.from(6, 6, 6);
      resize.toInput(pixels, 0, out);
      for (int c = 0; c < 3; c++) {
        for (int p = 0; p < 36; p++) {
          int v = pixels[3 * p + c] & 0xff;
          double expected = mode == ResizeMode.PYTORCH ? v / 127.5 - 1 : (v - 128) / 128.0;
          assertEquals(expected, out[c * 36 + p], 1e-6, mode + " at " + p);
        }
      }
      assertTrue(resize.takes(6, 6));
      assertFalse(resize.takes(6, 7));
    }
  }

  @Test
  void anUnknownModeIsNamed() {
    assertEquals(ResizeMode.CLEAN, ResizeMode.of("clean"));
    UserException e = assertThrows(UserException.class, () -> ResizeMode.of("nearest"));
    assertEquals(
        "resize: no mode is called 'nearest'; there are tf1, pytorch, clean", e.getMessage());
  }

  private static void check(
      ResizeMode mode,
      int height,
      int width,
      int size,
      float[] expected,
      double sum,
      double differences) {
    float[] out = new float[3 * size * size];
    mode.from(height, width, size).toInput(image(height, width), 0, out);
    // 2e-6: a few roundings of floats near 1, half a unit of the last printed digit.
    assertArrayEquals(expected, Arrays.copyOfRange(out, size * size, 2 * size * size), 2e-6f);
    double total = 0;
    double change = 0;
    for (int i = 0; i < out.length; i++) {
      total += out[i];
      change += i == 0 ? 0 : Math.abs((double) out[i] - out[i - 1]);
    }
    assertEquals(sum, total, 2e-5);
    assertEquals(differences, change, 4e-5);
  }

  private static byte[] image(int height, int width) {
    byte[] pixels = new byte[height * width * 3];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (37 * i + 11 * i * i);
    }
    return pixels;
  }
}
