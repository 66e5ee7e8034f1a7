package io.sparkddpm.spark.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.engine.TrainingMetrics;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EventFileTest {
  /**
   * Event(wall_time=1.5, step=300, summary=Summary(value=[Value(tag="loss", simple_value=0.25)]))
   */
  private static final String EVENT = "09000000000000f83f10ac022a0d0a0b0a046c6f7373150000803e";

  @Test
  void checksumsAreThoseOfTheFormat() {
    // CRC-32C of 32 zero bytes is 8a9136aa (RFC 3720, B.4), turned by 15 and moved.
    assertEquals(
        Integer.rotateRight(0x8a9136aa, 15) + 0xa282ead8, EventFile.maskedChecksum(new byte[32]));
  }

  private static List<byte[]> records(byte[] file) {
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    List<byte[]> records = new ArrayList<>();
    while (in.hasRemaining()) {
      byte[] length = new byte[8];
      in.get(length);
      assertEquals(EventFile.maskedChecksum(length), in.getInt());
      byte[] event =
          new byte[(int) ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong()];
      in.get(event);
      assertEquals(EventFile.maskedChecksum(event), in.getInt());
      records.add(event);
    }
    return records;
  }

  @Test
  void eventsAreProtocolBuffers() {
    EventFile file = new EventFile(1);
    file.add(1.5, 300, Map.of("loss", 0.25));
    file.add(2, 301, Map.of("loss", Double.NaN));
    List<byte[]> records = records(file.toBytes());
    assertEquals(3, records.size());
    assertTrue(new String(records.get(0), StandardCharsets.UTF_8).contains("brain.Event:2"));
    assertEquals(EVENT, HexFormat.of().formatHex(records.get(1)));
    assertEquals("09000000000000004010ad022a00", HexFormat.of().formatHex(records.get(2)));
  }

  @Test
  void metricsBecomeOneRecordALine() {
    TrainingMetrics line =
        new TrainingMetrics(
            20,
            0.5,
            List.of(1.0, Double.NaN, 0.5, 0.25),
            List.of(1.0, 0.5, Double.NaN, 0.25),
            2,
            1e-4,
            320,
            64,
            4,
            1);
    List<byte[]> records = records(MetricsEvents.toBytes(List.of(line, line), 100));
    assertEquals(3, records.size());
    double first = ByteBuffer.wrap(records.get(1), 1, 8).order(ByteOrder.LITTLE_ENDIAN).getDouble();
    assertEquals(95, first); // 320 images at 64 a second took 5 of them
    String text = new String(records.get(1), StandardCharsets.ISO_8859_1);
    assertTrue(text.contains("loss_quarter_3") && !text.contains("loss_quarter_2"), text);
    assertTrue(
        text.contains("mean_error_quarter_2") && !text.contains("mean_error_quarter_3"), text);
    assertEquals("events.out.tfevents.0000000020.ddpm", MetricsEvents.fileName(20));
  }
}
