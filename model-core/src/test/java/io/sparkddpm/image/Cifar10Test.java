package io.sparkddpm.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkddpm.error.UserException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class Cifar10Test {
  @Test
  void recordsRoundTrip() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int label = 0; label < 10; label++) {
      Cifar10.write(out, new LabelledImage(ImageTestData.pattern(3, 32, 32), label));
    }
    byte[] bytes = out.toByteArray();
    assertEquals(10, Cifar10.records(bytes.length, "x.bin"));
    for (int i = 0; i < 10; i++) {
      LabelledImage back = Cifar10.decode(bytes, i * Cifar10.RECORD_BYTES, "x.bin", i);
      assertEquals(new LabelledImage(ImageTestData.pattern(3, 32, 32), i), back);
    }
  }

  @Test
  void truncatedAndForeignFilesAreRefusedByByte() {
    assertEquals(
        "x.bin has 30000 bytes, not a multiple of CIFAR-10's record of 3073: it is foreign, or cut"
            + " off in record 9, which begins at byte 27657",
        assertThrows(UserException.class, () -> Cifar10.records(30_000, "x.bin")).getMessage());
    assertEquals(
        "x.bin is empty; a CIFAR-10 file holds records of 3073 bytes",
        assertThrows(UserException.class, () -> Cifar10.records(0, "x.bin")).getMessage());
    byte[] record = new byte[Cifar10.RECORD_BYTES];
    record[0] = 10;
    assertEquals(
        "x.bin: byte 21511 (record 7) is 10, but a CIFAR-10 label is 0 to 9: the file is foreign"
            + " or damaged",
        assertThrows(BadImageException.class, () -> Cifar10.decode(record, 0, "x.bin", 7))
            .getMessage());
  }

  @Test
  void otherShapesAndLabelsAreNotWritten() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThrows(
        IllegalArgumentException.class,
        () -> Cifar10.write(out, new LabelledImage(ImageTestData.pattern(3, 32, 31), 0)));
    assertThrows(
        IllegalArgumentException.class,
        () -> Cifar10.write(out, new LabelledImage(ImageTestData.pattern(3, 32, 32), 10)));
  }

  @Test
  void theRealFileIsRead() throws IOException {
    String data = System.getenv("DDPM_TEST_DATA");
    assumeTrue(data != null, "DDPM_TEST_DATA is not set: no real CIFAR-10 to read");
    byte[] bytes = Files.readAllBytes(Path.of(data, "cifar10", "data_batch_1.bin"));
    assertEquals(10_000, Cifar10.records(bytes.length, "data_batch_1.bin"));
    int[] counts = new int[10];
    for (int i = 0; i < 10_000; i++) {
      counts[Cifar10.decode(bytes, i * Cifar10.RECORD_BYTES, "data_batch_1.bin", i).label()]++;
    }
    assertEquals(
        "[1005, 974, 1032, 1016, 999, 937, 1030, 1001, 1025, 981]", Arrays.toString(counts));
    LabelledImage last = Cifar10.decode(bytes, 9_999 * Cifar10.RECORD_BYTES, "data_batch_1.bin", 9);
    LabelledImage first = Cifar10.decode(bytes, 0, "data_batch_1.bin", 0);
    assertEquals(6, first.label());
    // Numbers read with numpy.
    assertEquals(59, first.image().get(0, 0, 0));
    assertEquals(253, first.image().get(1, 15, 16));
    assertEquals(5, last.label());
    assertEquals(131, last.image().get(2, 31, 31));
  }
}
