package io.sparkddpm.spark.fid;

import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.sample.Samples;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.Locations;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Images to take features of: a dataset, samples, or a folder of PNG or JPEG files.
 *
 * @param uri where they lie
 * @param kind "dataset", "samples" or "folder"
 * @param manifest of an artefact; none for a folder
 * @param listing fingerprint of the manifest, or of names, sizes and times of a folder's files
 * @param parts in order
 * @param warnings about the images
 */
record ImageSet(
    URI uri,
    String kind,
    Optional<Manifest> manifest,
    String listing,
    List<ImagePart> parts,
    List<String> warnings) {
  private static final String FOLDER = "folder";
  private static final int FILES_PER_PART = 256;
  private static final List<String> JPEG = List.of(".jpg", ".jpeg");

  long images() {
    return parts.stream().mapToLong(ImagePart::images).sum();
  }

  /**
   * Opens a set.
   *
   * @throws UserException if there is nothing, nothing whole, or something else
   */
  static ImageSet open(Configuration conf, URI uri) {
    if (!Artifact.exists(conf, uri)) {
      return folder(conf, uri);
    }
    Artifact artifact = Artifact.open(conf, uri);
    ArtifactKind kind = artifact.manifest().kind();
    if (kind == ArtifactKind.DATASET) {
      return dataset(conf, artifact);
    }
    if (kind == ArtifactKind.SAMPLES) {
      return samples(conf, artifact);
    }
    throw new UserException(
        "%s holds a %s; images are taken from a dataset, samples or a folder of PNG files",
        uri, kind);
  }

  private static ImageSet dataset(Configuration conf, Artifact artifact) {
    Dataset dataset = Dataset.open(conf, artifact.dir());
    List<ImagePart> parts = new ArrayList<>();
    for (int i = 0; i < dataset.shards().size(); i++) {
      parts.add(new DatasetPart(i, dataset));
    }
    return ofArtifact(artifact, parts);
  }

  private static ImageSet samples(Configuration conf, Artifact artifact) {
    List<ImagePart> parts = new ArrayList<>();
    for (FileEntry shard : Samples.open(conf, artifact.dir()).shards()) {
      parts.add(new SamplesPart(parts.size(), artifact.dir(), shard));
    }
    return ofArtifact(artifact, parts);
  }

  private static ImageSet ofArtifact(Artifact artifact, List<ImagePart> parts) {
    Manifest manifest = artifact.manifest();
    if (parts.isEmpty()) {
      throw new UserException("%s holds no images", artifact.dir());
    }
    return new ImageSet(
        artifact.dir(),
        manifest.kind().code(),
        Optional.of(manifest),
        manifest.fingerprint(),
        parts,
        List.of());
  }

  private static ImageSet folder(Configuration conf, URI uri) {
    List<FileStatus> files = new ArrayList<>();
    Path root = new Path(uri);
    try {
      list(Locations.fileSystem(conf, uri), root, files);
    } catch (FileNotFoundException e) {
      throw new UserException(e, "%s does not exist", uri);
    } catch (IOException e) {
      throw new UserException(e, "cannot list %s: %s", uri, e.getMessage());
    }
    if (files.isEmpty()) {
      throw new UserException(
          "%s holds neither a whole dataset nor samples nor PNG or JPEG files", uri);
    }
    files.sort(Comparator.comparing(f -> f.getPath().toUri().getPath()));
    StringBuilder listing = new StringBuilder();
    List<URI> part = new ArrayList<>();
    List<ImagePart> parts = new ArrayList<>();
    long jpegs = 0;
    for (FileStatus file : files) {
      listing.append(file.getPath().toUri().getPath()).append(' ').append(file.getLen());
      listing.append(' ').append(file.getModificationTime()).append('\n');
      part.add(file.getPath().toUri());
      jpegs += endsWith(file.getPath().getName(), JPEG) ? 1 : 0;
      if (part.size() == FILES_PER_PART) {
        parts.add(new FolderPart(parts.size(), part));
        part = new ArrayList<>();
      }
    }
    if (!part.isEmpty()) {
      parts.add(new FolderPart(parts.size(), part));
    }
    List<String> warnings = new ArrayList<>();
    if (jpegs > 0) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "%s: %d of %d files are JPEG; its artefacts change distances",
              uri,
              jpegs,
              files.size()));
    }
    String hash = Sha256.of(listing.toString().getBytes(StandardCharsets.UTF_8));
    return new ImageSet(uri, FOLDER, Optional.empty(), hash, parts, warnings);
  }

  private static void list(FileSystem fs, Path directory, List<FileStatus> files)
      throws IOException {
    for (FileStatus status : fs.listStatus(directory)) {
      String name = status.getPath().getName();
      if (name.startsWith(".") || name.startsWith("_")) {
        continue;
      }
      if (status.isDirectory()) {
        list(fs, status.getPath(), files);
      } else if (endsWith(name, List.of(".png")) || endsWith(name, JPEG)) {
        files.add(status);
      }
    }
  }

  private static boolean endsWith(String name, List<String> suffixes) {
    String lower = name.toLowerCase(Locale.ROOT);
    return suffixes.stream().anyMatch(lower::endsWith);
  }
}
