package io.sparkddpm.spark.data;

import io.sparkddpm.archive.Npy;
import io.sparkddpm.archive.NpyArray;
import io.sparkddpm.archive.Npz;
import io.sparkddpm.archive.ZipArchive;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.input.Inputs;
import io.sparkddpm.spark.store.Locations;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The array of images and the one of their labels: of an .npz file, or an .npy file with another
 * beside it. For one thread, while the archive is open.
 */
public final class NumpyImages {
  static final String NPY = ".npy";

  private static final String PIXELS = "arr_0";
  private static final String LABELS_FILE = "labels";

  /** Arrays of labels: guided-diffusion's, and other common names. */
  private static final List<String> LABELS = List.of("arr_1", LABELS_FILE, "label", "y");

  /** Bytes; far more than the network is given. */
  private static final int LARGEST_IMAGE = 1 << 30;

  private final URI uri;
  private final ColumnChoice choice;
  private final List<Array> arrays;
  private final List<Array> labels;
  private final long modified;

  /** How an array is opened. */
  private interface Content {
    InputStream open() throws IOException;
  }

  /**
   * An array that has not been read.
   *
   * @param shown its name in messages
   * @param length of header and elements
   * @param entry of the archive; empty where it is a file
   * @param key of that entry
   */
  private record Array(
      String name, String shown, long length, String entry, String key, Content content) {
    boolean isFile() {
      return entry.isEmpty();
    }
  }

  private NumpyImages(
      URI uri, ColumnChoice choice, List<Array> arrays, List<Array> labels, long modified) {
    this.uri = uri;
    this.choice = choice;
    this.arrays = arrays;
    this.labels = labels;
    this.modified = modified;
  }

  /** When images or labels were last changed, in the file system's milliseconds; 0 for archives. */
  long modified() {
    return modified;
  }

  /** Whether an archive is one of arrays. */
  public static boolean is(List<ZipArchive.Entry> entries) {
    List<ZipArchive.Entry> arrays = entries.stream().filter(Npz::isArray).toList();
    return !arrays.isEmpty()
        && (arrays.size() == entries.size()
            || arrays.stream().map(Npz::nameOf).anyMatch(PIXELS::equals));
  }

  /**
   * Those of an .npz file. Reads the header of every entry: a damaged name in the directory would
   * hide an array.
   *
   * @throws UserException if one says other than the directory
   */
  public static NumpyImages ofArchive(ZipArchive zip, List<ZipArchive.Entry> entries, URI uri)
      throws IOException {
    return ofArchive(zip, entries, uri, ColumnChoice.ANY);
  }

  /**
   * The same with the names of the arrays.
   *
   * @param choice empty names for the usual ones
   */
  static NumpyImages ofArchive(
      ZipArchive zip, List<ZipArchive.Entry> entries, URI uri, ColumnChoice choice)
      throws IOException {
    List<Array> arrays = new ArrayList<>();
    for (ZipArchive.Entry entry : entries) {
      zip.open(entry).close();
      if (Npz.isArray(entry)) {
        arrays.add(
            new Array(
                Npz.nameOf(entry),
                uri + "[" + entry.shown().replaceFirst("\\.npy$", "") + "]",
                entry.length(),
                entry.name(),
                ArchiveKey.of(entry),
                () -> zip.open(entry)));
      }
    }
    List<String> usual = choice.label().isEmpty() ? LABELS : List.of(choice.label());
    List<Array> labels = arrays.stream().filter(a -> usual.contains(a.name())).toList();
    return new NumpyImages(uri, choice, arrays, labels, 0);
  }

  /**
   * Those of an .npy file, with labels in the file beside it that is chosen, or is called {@code
   * labels.npy}.
   */
  static NumpyImages ofFile(Configuration conf, InputFile file, ColumnChoice choice)
      throws IOException {
    Path path = new Path(file.uri());
    FileSystem fs = Locations.fileSystem(conf, file.uri());
    List<Array> images = List.of(array(fs, path, file.size()));
    Path beside = new Path(path.getParent(), labelsFile(choice));
    boolean chosen = !choice.label().isEmpty() && !choice.takesNoLabels();
    if (!chosen && !fs.exists(beside)) {
      return new NumpyImages(file.uri(), choice, images, List.of(), file.modified());
    }
    FileStatus labels = Inputs.status(conf, beside.toUri());
    return new NumpyImages(
        file.uri(),
        choice,
        images,
        List.of(array(fs, beside, labels.getLen())),
        Math.max(file.modified(), labels.getModificationTime()));
  }

  /** The name of a file of labels. */
  static String labelsFile(ColumnChoice choice) {
    boolean usual = choice.label().isEmpty() || choice.takesNoLabels();
    return (usual ? LABELS_FILE : choice.label()) + NPY;
  }

  private static Array array(FileSystem fs, Path path, long length) {
    String name = path.getName().substring(0, path.getName().length() - NPY.length());
    return new Array(name, path.toString(), length, "", "", () -> fs.open(path));
  }

  /**
   * The array of the images.
   *
   * @throws UserException if there is none, they are no bytes [N, H, W, C], or the header claims
   *     more than there is
   */
  public ImageArray pixels() throws IOException {
    Array array = choosePixels();
    Npy.Header header = header(array);
    List<Integer> shape = header.shape();
    if (!isImages(header) || shape.contains(0)) {
      throw new UserException(
          "%s: %s must hold images as bytes [N, H, W, 3] or [N, H, W, 1], got %s %s",
          uri, array.name(), header.descriptor(), shape);
    }
    if ((double) shape.get(1) * shape.get(2) * shape.get(3) > LARGEST_IMAGE) {
      throw new UserException("%s: images of %s pixels are too large", uri, shape.subList(1, 3));
    }
    header.checkLength(array.length(), array.shown());
    return new ImageArray(
        uri, array.entry(), array.key(), shape.get(0), shape.get(1), shape.get(2), shape.get(3));
  }

  private Array choosePixels() throws IOException {
    if (arrays.size() == 1 && arrays.get(0).isFile()) {
      return arrays.get(0);
    }
    List<String> names = arrays.stream().map(Array::name).toList();
    String wanted = choice.image().isEmpty() ? PIXELS : choice.image();
    if (names.contains(wanted)) {
      return arrays.get(names.indexOf(wanted));
    }
    if (names.contains("mu") && names.contains("sigma")) {
      throw new UserException(
          "%s holds statistics; make an artefact of them with stats-import first", uri);
    }
    List<Array> like = new ArrayList<>();
    for (Array array : choice.image().isEmpty() ? arrays : List.<Array>of()) {
      if (isImages(header(array))) {
        like.add(array);
      }
    }
    if (like.size() != 1) {
      throw new UserException(
          "%s has no array %s, which should hold the images; it has %s", uri, wanted, shown());
    }
    return like.get(0);
  }

  private static boolean isImages(Npy.Header header) {
    List<Integer> shape = header.shape();
    return header.type().filter(t -> t == NpyArray.Type.UINT8).isPresent()
        && shape.size() == 4
        && (shape.get(3) == 1 || shape.get(3) == 3);
  }

  private static Npy.Header header(Array array) throws IOException {
    try (InputStream in = array.content().open()) {
      return Npy.readHeader(in, array.shown());
    }
  }

  private List<String> shown() {
    return arrays.stream().map(a -> a.name() + NPY).toList();
  }

  /**
   * Labels of the images, or none.
   *
   * @throws UserException if there is no label for each image, or one is neither a whole number
   *     from 0 nor a name
   */
  public Labels labels(int images) throws IOException {
    Optional<Array> array = chooseLabels();
    if (array.isEmpty()) {
      return Labels.none(images);
    }
    String name = array.get().shown();
    try (InputStream in = array.get().content().open()) {
      Npy.Header header = Npy.readHeader(in, name);
      boolean column = header.shape().equals(List.of(images, 1)) && !header.isText();
      if (!column && !header.shape().equals(List.of(images))) {
        throw new UserException(
            "%s should hold a label for each of the %d images, but has shape %s%s",
            name,
            images,
            header.shape(),
            header.shape().size() == 2 ? "; of one-hot labels save argmax" : "");
      }
      header.checkLength(array.get().length(), name);
      if (header.isText()) {
        return Labels.ofNames(Npy.readTexts(in, header, name));
      }
      double[] numbers = Npy.readElements(in, header, name).toDoubles();
      return Labels.ofNumbers(numbers, i -> name + ": image " + i);
    }
  }

  private Optional<Array> chooseLabels() {
    if (choice.takesNoLabels()) {
      return Optional.empty();
    }
    if (labels.isEmpty() && !choice.label().isEmpty()) {
      throw new UserException(
          "%s has no array %s, which should hold the labels; it has %s",
          uri, choice.label(), shown());
    }
    if (labels.size() > 1) {
      throw new UserException(
          "%s: which of %s holds the labels? Save only one of them",
          uri, labels.stream().map(Array::name).toList());
    }
    return labels.stream().findFirst();
  }

  /** Where labels were looked for, for a message. */
  public String looked() {
    return "labels may be in the arrays " + String.join(", ", LABELS) + "; it has " + shown();
  }
}
