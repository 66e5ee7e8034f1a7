package io.sparkddpm.spark.data;

import io.sparkddpm.config.Variant;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.input.Inputs;
import io.sparkddpm.spark.store.Locations;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * LSUN's layout: LMDB environments whose values are WebP, JPEG or PNG files. Each environment is a
 * class of its own; images are named after their keys and read in ranges of keys.
 */
@Variant(value = "lsun-lmdb", description = "LSUN's LMDB environments, a class each")
public record LmdbSource() implements ImageSource {
  private static final long serialVersionUID = 1L;

  /** Records of a range of keys. */
  private static final int STRIDE = 256;

  @Override
  public SourceListing list(Configuration conf, List<URI> inputs) {
    List<String> classNames =
        new ArrayList<>(new TreeSet<>(inputs.stream().map(LmdbSource::nameOf).toList()));
    SourceListing.Builder slices = new SourceListing.Builder();
    EqualFiles equal = new EqualFiles(conf);
    for (int i = 0; i < inputs.size(); i++) {
      FileStatus data = data(conf, inputs.get(i));
      equal.add(data.getPath().toUri(), data.getLen());
      addRanges(conf, data, i, inputs.get(i), classNames.indexOf(nameOf(inputs.get(i))), slices);
    }
    equal.warnings().forEach(slices::warn);
    SourceListing listing = slices.build(classNames);
    return inputs.size() > 1 ? listing.mixed() : listing;
  }

  /** The directory's name, also where its data.mdb is given: that name is every environment's. */
  private static String nameOf(URI environment) {
    Path path = new Path(environment);
    boolean isData = path.getName().equals(LmdbFile.DATA) && path.getParent() != null;
    return isData && !path.getParent().isRoot() ? path.getParent().getName() : path.getName();
  }

  /** The environment's file; its directory may be named in its place. */
  private static FileStatus data(Configuration conf, URI uri) {
    FileStatus status = Inputs.status(conf, uri);
    return status.isDirectory()
        ? Inputs.status(conf, Locations.resolve(status.getPath().toUri(), LmdbFile.DATA))
        : status;
  }

  private static void addRanges(
      Configuration conf,
      FileStatus data,
      int input,
      URI uri,
      int label,
      SourceListing.Builder slices) {
    try (LmdbFile file = LmdbFile.open(conf, data.getPath().toUri())) {
      long size = file.size();
      if (size == 0) {
        throw new UserException("%s holds no image", uri);
      }
      file.forEachKey(
          STRIDE,
          (number, key) ->
              slices.add(
                  new SourceSlice(
                      input,
                      uri,
                      nameOf(uri),
                      data.getLen(),
                      data.getModificationTime(),
                      number,
                      Math.min(STRIDE, size - number),
                      label,
                      key)));
    }
  }

  @Override
  public void read(Configuration conf, SourceSlice slice, Consumer<RawRecord> consumer)
      throws IOException {
    try (LmdbFile file = LmdbFile.open(conf, data(conf, slice.uri()).getPath().toUri())) {
      file.read(
          slice.key(),
          slice.first() % STRIDE,
          slice.records(),
          (key, value) ->
              consumer.accept(new RawRecord(value, slice.name() + "#" + text(key), slice.label())));
    }
  }

  /** LSUN's keys are text; others are shown in hexadecimal. */
  private static String text(byte[] key) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(key)).toString();
      if (text.chars().noneMatch(Character::isISOControl)) {
        return text;
      }
    } catch (CharacterCodingException e) {
      return HexFormat.of().formatHex(key);
    }
    return HexFormat.of().formatHex(key);
  }
}
