package io.sparkddpm.spark.evaluation.input;

import io.sparkddpm.archive.Npy;
import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.Npz;
import io.sparkddpm.archive.ZipArchive;
import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.List;

/** The array of images in an .npz file, and the one of their labels. */
final class NpzImages {
  private static final String PIXELS = "arr_0";

  /** Arrays of labels: guided-diffusion's, and other common names. */
  private static final List<String> LABELS = List.of("arr_1", "labels", "label", "y");

  /** Bytes; far more than the network is given. */
  private static final int LARGEST_IMAGE = 1 << 30;

  private final ZipArchive zip;
  private final List<ZipArchive.Entry> arrays;
  private final URI uri;

  /**
   * Reads the header of every entry: a damaged name in the directory would hide an array.
   *
   * @throws UserException if one says other than the directory
   */
  NpzImages(ZipArchive zip, List<ZipArchive.Entry> entries, URI uri) throws IOException {
    for (ZipArchive.Entry entry : entries) {
      zip.open(entry).close();
    }
    this.zip = zip;
    this.arrays = entries.stream().filter(Npz::isArray).toList();
    this.uri = uri;
  }

  /** Whether an archive is one of arrays. */
  static boolean is(List<ZipArchive.Entry> entries) {
    List<ZipArchive.Entry> arrays = entries.stream().filter(Npz::isArray).toList();
    return !arrays.isEmpty()
        && (arrays.size() == entries.size()
            || arrays.stream().map(Npz::nameOf).anyMatch(PIXELS::equals));
  }

  /**
   * The entry that holds images.
   *
   * @throws UserException if there is none
   */
  ZipArchive.Entry pixels() {
    List<String> names = arrays.stream().map(Npz::nameOf).toList();
    int at = names.indexOf(PIXELS);
    if (at < 0) {
      throw new UserException(
          names.contains("mu") && names.contains("sigma")
              ? "%s holds statistics; make an artefact of them with stats-import first"
              : "%s has no array arr_0, which should hold the images; it has " + arrays(),
          uri);
    }
    return arrays.get(at);
  }

  private List<String> arrays() {
    return arrays.stream().map(ZipArchive.Entry::shown).toList();
  }

  /**
   * The shape [N, H, W, C] of the images.
   *
   * @throws UserException if they are no bytes of that shape, or the header claims more than the
   *     entry holds
   */
  List<Integer> shape(ZipArchive.Entry pixels) throws IOException {
    String name = uri + "[" + PIXELS + "]";
    Npy.Header header;
    try (InputStream in = zip.open(pixels)) {
      header = Npy.readHeader(in, name);
    }
    List<Integer> shape = header.shape();
    boolean images =
        header.type().filter(t -> t == NpyArray.Type.UINT8).isPresent()
            && shape.size() == 4
            && (shape.get(3) == 1 || shape.get(3) == 3);
    if (!images || shape.contains(0)) {
      throw new UserException(
          "%s: arr_0 must hold images as bytes [N, H, W, 3] or [N, H, W, 1], got %s %s",
          uri, header.descriptor(), shape);
    }
    if ((double) shape.get(1) * shape.get(2) * shape.get(3) > LARGEST_IMAGE) {
      throw new UserException("%s: images of %s pixels are too large", uri, shape.subList(1, 3));
    }
    header.checkLength(pixels.length(), name);
    return shape;
  }

  /**
   * Labels of the images, or none.
   *
   * @throws UserException if there is no label for each image, or one is neither a whole number
   *     from 0 nor a name
   */
  Labels labels(int images) throws IOException {
    List<ZipArchive.Entry> found =
        arrays.stream().filter(a -> LABELS.contains(Npz.nameOf(a))).toList();
    if (found.isEmpty()) {
      return Labels.none(images);
    }
    if (found.size() > 1) {
      throw new UserException(
          "%s: which of %s holds the labels? Save only one of them",
          uri, found.stream().map(Npz::nameOf).toList());
    }
    ZipArchive.Entry entry = found.get(0);
    String name = uri + "[" + Npz.nameOf(entry) + "]";
    try (InputStream in = zip.open(entry)) {
      Npy.Header header = Npy.readHeader(in, name);
      if (!header.shape().equals(List.of(images))) {
        throw new UserException(
            "%s: %s should hold a label for each of the %d images, but has shape %s%s",
            uri,
            Npz.nameOf(entry),
            images,
            header.shape(),
            header.shape().size() == 2 ? "; of one-hot labels save argmax" : "");
      }
      header.checkLength(entry.length(), name);
      if (header.isText()) {
        return Labels.ofNames(Npy.readTexts(in, header, name));
      }
      double[] numbers = Npy.readElements(in, header, name).toDoubles();
      return Labels.ofNumbers(numbers, i -> name + ": image " + i);
    }
  }

  /** Where labels were looked for, for a message. */
  String looked() {
    return "labels may be in the arrays " + String.join(", ", LABELS) + "; it has " + arrays();
  }
}
