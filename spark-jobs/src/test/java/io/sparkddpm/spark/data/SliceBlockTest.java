package io.sparkddpm.spark.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkddpm.random.Purpose;
import io.sparkddpm.random.RandomStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class SliceBlockTest {
  private static SourceSlice file(int i, RandomStream random) {
    String key = String.format(Locale.ROOT, "%016x%016x", i * 1_000_003L, random.nextLong());
    return new SourceSlice(
        0,
        URI.create("s3a://bucket/lsun/bedroom/" + key + ".webp"),
        "bedroom/" + key + ".webp",
        20_000 + random.nextInt(30_000),
        1_700_000_000_000L + random.nextInt(100_000_000),
        0,
        1,
        0,
        "");
  }

  @Test
  void whatIsPackedIsUnpacked() throws Exception {
    RandomStream random = RandomStream.of(1, Purpose.SHAPES, 0);
    List<SourceSlice> slices = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      slices.add(file(i, random));
    }
    slices.add(
        new SourceSlice(
            3,
            new URI("file", null, "/a b/ü%#.bin", null),
            "ü%#.bin",
            Long.MAX_VALUE,
            -1,
            Long.MAX_VALUE - 5,
            5,
            7,
            "00ff"));
    slices.add(new SourceSlice(3, URI.create("file:/x"), "another name", 0, 0, 0, 9, 0, ""));
    SliceBlock block = SliceBlock.of(slices);
    assertEquals(slices, block.toList());
    assertEquals(slices.size(), block.size());
    assertEquals(300 + 5 + 9, block.records());
    assertEquals(List.of(), SliceBlock.of(List.of()).toList());
  }

  @Test
  void aListingOfManyFilesStaysSmall() {
    RandomStream random = RandomStream.of(2, Purpose.SHAPES, 0);
    SourceListing.Builder builder = new SourceListing.Builder();
    int files = 20_000;
    for (int i = 0; i < files; i++) {
      builder.add(file(i, random));
    }
    SourceListing listing = builder.build(List.of("all"));
    assertEquals(files, listing.records());
    assertTrue(listing.packedBytes() < 60L * files, () -> listing.packedBytes() + " bytes");
    List<ShardPlan> plans = ShardPlan.cut(listing, false, 999, 0);
    assertEquals(21, plans.size());
    assertEquals(999 * 20, plans.get(20).firstId());
    assertEquals(20, plans.get(20).slices().records());
    List<SourceSlice> all = new ArrayList<>();
    listing.forEach(all::add);
    List<SourceSlice> planned = new ArrayList<>();
    plans.forEach(plan -> planned.addAll(plan.slices().toList()));
    assertEquals(all, planned);
  }
}
