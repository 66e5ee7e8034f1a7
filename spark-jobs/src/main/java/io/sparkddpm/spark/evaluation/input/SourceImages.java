package io.sparkddpm.spark.evaluation.input;

import io.sparkddpm.config.ConfigBinder;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.data.ImageSource;
import io.sparkddpm.spark.data.Labels;
import io.sparkddpm.spark.data.RecordSources;
import io.sparkddpm.spark.data.SourceListing;
import io.sparkddpm.spark.data.SourceSlice;
import io.sparkddpm.spark.data.TableStage;
import io.sparkddpm.spark.input.FilesBelow;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/** Images in files of the formats that datasets are made from, which their extensions name. */
final class SourceImages {
  /** Of one part. A longer slice is cut, for features of a part are kept until it is done. */
  private static final int MOST = 1024;

  private SourceImages() {}

  /**
   * The images of a file or directory, if it is or holds files of such a format.
   *
   * @throws UserException if it holds several, or files that are damaged
   */
  static Optional<ImageSet> find(Configuration conf, FileStatus place) {
    Map<String, ImageSource> formats = RecordSources.byExtension();
    Map<String, ImageSource> found = new TreeMap<>();
    Consumer<Path> look =
        file ->
            formats.forEach(
                (extension, source) -> {
                  if (FilesBelow.isOf(file.getName(), List.of(extension))) {
                    found.put(ConfigBinder.type(source), source);
                  }
                });
    if (place.isDirectory()) {
      List<String> extensions = List.copyOf(formats.keySet());
      FilesBelow.forEach(conf, place.getPath(), extensions, file -> look.accept(file.path()));
    } else {
      look.accept(place.getPath());
    }
    if (found.size() > 1) {
      found.values().removeIf(ImageSource::sharesItsExtensions);
    }
    if (found.size() > 1) {
      throw new UserException(
          "%s holds files of several formats (%s): name those of one",
          place.getPath(), String.join(", ", found.keySet()));
    }
    return found.values().stream()
        .findFirst()
        .map(source -> of(conf, place.getPath().toUri(), place.getPath().toUri(), source));
  }

  /**
   * The images of a file or directory in one format.
   *
   * @param set what it is called
   * @throws UserException as the format's listing
   */
  static ImageSet of(Configuration conf, URI set, URI place, ImageSource source) {
    SourceListing listing = source.list(conf, List.of(place));
    return of(
        set, ConfigBinder.type(source), listing.fingerprint(), listing, parts(listing, source));
  }

  /**
   * The images of a table, in parts that do not depend on the files of its rows.
   *
   * @param table what it is called
   */
  static ImageSet ofTable(Configuration conf, URI table, TableStage.Rows rows) {
    SourceListing listing = rows.source().list(conf, List.of(rows.place()));
    List<ImagePart> parts = new ArrayList<>();
    List<SourceSlice> some = new ArrayList<>();
    listing.forEach(
        slice -> {
          for (long from = 0; from < slice.records(); ) {
            long room = ImageSet.IMAGES_PER_PART - images(some);
            SourceSlice piece = slice.part(from, Math.min(room, slice.records() - from));
            from += piece.records();
            some.add(piece);
            if (images(some) == ImageSet.IMAGES_PER_PART) {
              parts.add(new SourcePart(parts.size(), rows.source(), some));
              some.clear();
            }
          }
        });
    if (!some.isEmpty()) {
      parts.add(new SourcePart(parts.size(), rows.source(), some));
    }
    return of(table, ConfigBinder.type(rows.source()), rows.fingerprint(), listing, parts);
  }

  private static List<ImagePart> parts(SourceListing listing, ImageSource source) {
    List<ImagePart> parts = new ArrayList<>();
    List<SourceSlice> some = new ArrayList<>();
    listing.forEach(
        slice -> {
          for (long from = 0; from < slice.records(); from += MOST) {
            SourceSlice piece = slice.part(from, Math.min(MOST, slice.records() - from));
            if (!some.isEmpty() && images(some) + piece.records() > ImageSet.IMAGES_PER_PART) {
              parts.add(new SourcePart(parts.size(), source, some));
              some.clear();
            }
            some.add(piece);
          }
        });
    parts.add(new SourcePart(parts.size(), source, some));
    return parts;
  }

  private static ImageSet of(
      URI uri, String kind, String fingerprint, SourceListing listing, List<ImagePart> parts) {
    List<String> classes = listing.classNames();
    return new ImageSet(
        uri,
        kind,
        Optional.empty(),
        fingerprint,
        parts,
        listing.warnings(),
        classes.equals(Labels.numbered(classes.size()))
            ? List.of()
            : classes, // compared as numbers
        classes.isEmpty()
            ? Optional.of(ImageSet.noLabel(uri, "it names no classes"))
            : Optional.empty());
  }

  private static long images(List<SourceSlice> slices) {
    return slices.stream().mapToLong(SourceSlice::records).sum();
  }
}
