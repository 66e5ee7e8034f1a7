package io.sparkddpm.spark.evaluation.input;

import io.sparkddpm.archive.ZipArchive;
import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ImageTally;
import io.sparkddpm.medium.ImageMedium;
import io.sparkddpm.spark.data.ClassNotes;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.data.ImageArray;
import io.sparkddpm.spark.data.Labels;
import io.sparkddpm.spark.data.NumpyImages;
import io.sparkddpm.spark.data.RecordSources;
import io.sparkddpm.spark.input.ClassFolders;
import io.sparkddpm.spark.input.Directories;
import io.sparkddpm.spark.input.FoundFile;
import io.sparkddpm.spark.input.HadoopChannel;
import io.sparkddpm.spark.input.ImageArchive;
import io.sparkddpm.spark.input.ImageFolder;
import io.sparkddpm.spark.input.Inputs;
import io.sparkddpm.spark.input.PassedOver;
import io.sparkddpm.spark.input.ZipFiles;
import io.sparkddpm.spark.sampling.DrawnSamples;
import io.sparkddpm.spark.sampling.Samples;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.Locations;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Images to take features of: a dataset, samples, a folder or zip file of PNG, JPEG or WebP files,
 * an .npz file whose array arr_0 holds bytes [N, H, W, C], or files of a format that datasets are
 * made from.
 *
 * @param uri where they lie
 * @param kind "dataset", "samples", "drawn", "folder", "zip", "npz" or the name of a format
 * @param manifest of an artefact; none for a folder or file
 * @param listing fingerprint of the manifest, or of names, sizes and times of the files
 * @param parts in order
 * @param warnings about the images
 * @param classNames by label, sorted; empty where labels are numbers only
 * @param unlabelled the message about images without a label, if there are any
 */
public record ImageSet(
    URI uri,
    String kind,
    Optional<Manifest> manifest,
    String listing,
    List<ImagePart> parts,
    List<String> warnings,
    List<String> classNames,
    Optional<String> unlabelled) {
  static final int IMAGES_PER_PART = 256;
  private static final String TAKEN =
      "datasets, samples, folders of images, .zip files of images, .npz files with arr_0, and files"
          + " of the formats of shard: "
          + String.join(", ", RecordSources.byExtension().keySet());
  private static final String SAMPLES_UNLABELLED = "they were drawn from a network without classes";

  /**
   * Makes sure that every image has a class.
   *
   * @throws UserException if one has none, saying where labels were looked for
   */
  public void requireLabels() {
    unlabelled.ifPresent(
        why -> {
          throw new UserException("--per-class: %s", why);
        });
  }

  /** All warnings, with those about image files that were decoded. */
  public List<String> warnings(ImageTally decoded) {
    ImageTally all = new ImageTally(images(), decoded.jpegs(), decoded.oriented());
    List<String> lines = new ArrayList<>(warnings);
    all.jpegWarning(uri.toString()).ifPresent(lines::add);
    all.orientationWarning(uri.toString()).ifPresent(lines::add);
    return lines;
  }

  public long images() {
    return parts.stream().mapToLong(ImagePart::images).sum();
  }

  /**
   * Opens a set.
   *
   * @throws UserException if there is nothing, nothing whole, or something else
   */
  public static ImageSet open(Configuration conf, URI uri) {
    if (!Artifact.exists(conf, uri)) {
      return plain(conf, uri);
    }
    Artifact artifact = Artifact.open(conf, uri);
    ArtifactKind kind = artifact.manifest().kind();
    if (kind == ArtifactKind.DATASET) {
      return dataset(conf, artifact);
    }
    if (kind == ArtifactKind.SAMPLES) {
      return samples(conf, artifact);
    }
    throw new UserException("%s holds a %s; images are taken from %s", uri, kind, TAKEN);
  }

  private static ImageSet dataset(Configuration conf, Artifact artifact) {
    Dataset dataset = Dataset.open(conf, artifact.dir());
    dataset.requireImages();
    List<ImagePart> parts = new ArrayList<>();
    for (int shard = 0; shard < dataset.shards().size(); shard++) {
      Dataset alone = dataset.only(shard);
      int images = Math.toIntExact(alone.size());
      for (int from = 0; from < images; from += IMAGES_PER_PART) {
        int to = Math.min(images, from + IMAGES_PER_PART);
        parts.add(new DatasetPart(parts.size(), alone, from, to));
      }
    }
    return ofArtifact(
        artifact,
        parts,
        dataset.classNames(),
        dataset.classNames().isEmpty()
            ? Optional.of(noLabel(artifact.dir(), "it was made from files without classes"))
            : Optional.empty());
  }

  private static ImageSet samples(Configuration conf, Artifact artifact) {
    Samples samples = Samples.open(conf, artifact.dir());
    samples.requireImages();
    List<ImagePart> parts = new ArrayList<>();
    for (FileEntry shard : samples.shards()) {
      parts.add(new SamplesPart(parts.size(), artifact.dir(), shard));
    }
    return ofArtifact(
        artifact,
        parts,
        ClassNotes.read(artifact.manifest()),
        samples.hasLabels()
            ? Optional.empty()
            : Optional.of(noLabel(artifact.dir(), SAMPLES_UNLABELLED)));
  }

  private static ImageSet ofArtifact(
      Artifact artifact,
      List<ImagePart> parts,
      List<String> classNames,
      Optional<String> unlabelled) {
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
        List.of(),
        classNames,
        unlabelled);
  }

  /**
   * Samples that each task draws for itself.
   *
   * @throws UserException if they are no images
   */
  public static ImageSet drawn(DrawnSamples samples) {
    if (!(samples.medium() instanceof ImageMedium)) {
      throw new UserException(
          "%s draws %s; images are needed here", samples.checkpoint(), samples.medium().plural());
    }
    Manifest manifest = samples.manifest();
    List<ImagePart> parts = new ArrayList<>();
    for (DrawnSamples.Shard shard : samples.shards()) {
      parts.add(new DrawnPart(shard));
    }
    return new ImageSet(
        samples.checkpoint(),
        "drawn",
        Optional.of(manifest),
        manifest.fingerprint(),
        parts,
        List.of(),
        ClassNotes.read(manifest),
        samples.hasLabels()
            ? Optional.empty()
            : Optional.of(noLabel(samples.checkpoint(), SAMPLES_UNLABELLED)));
  }

  private static ImageSet plain(Configuration conf, URI uri) {
    FileStatus status = Inputs.status(conf, uri);
    try {
      if (status.isDirectory()) {
        return folder(conf, uri);
      }
      if (ImageArchive.isZip(conf, status)) {
        return archive(conf, uri, status);
      }
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", uri, e.getMessage());
    }
    return SourceImages.find(conf, status)
        .orElseThrow(() -> new UserException("%s is a file; images are taken from %s", uri, TAKEN));
  }

  private static ImageSet folder(Configuration conf, URI uri) throws IOException {
    List<FoundFile> files = new ArrayList<>();
    PassedOver passedOver =
        ImageFolder.forEach(conf, new Path(uri), Set.of(DatasetJson.NAME), files::add);
    Optional<String> sentence = passedOver.sentence(new Path(uri).toString(), files.size());
    if (files.isEmpty()) {
      Optional<ImageSet> others = SourceImages.find(conf, Inputs.status(conf, uri));
      if (others.isPresent()) {
        return others.get();
      }
      throw new UserException(
          "%s holds neither a whole dataset nor samples nor images%s",
          uri, sentence.map(s -> ": " + s).orElse(""));
    }
    files.sort(Comparator.comparing(f -> f.path().toUri().getPath()));
    StringBuilder listing = new StringBuilder();
    files.forEach(f -> listing.append(line(f.path(), f.size(), f.modified())));
    Labels labels = folderLabels(conf, new Path(uri), files, listing);
    List<ImagePart> parts = new ArrayList<>();
    for (int from = 0; from < files.size(); from += IMAGES_PER_PART) {
      int count = Math.min(IMAGES_PER_PART, files.size() - from);
      List<FoundFile> some = files.subList(from, from + count);
      parts.add(
          new FolderPart(
              parts.size(),
              some.stream().map(f -> f.path().toUri()).toList(),
              some.stream().mapToLong(FoundFile::size).toArray(),
              labels.part(from, count)));
    }
    String unlabelled = "it has neither folders for classes nor a " + DatasetJson.NAME;
    return of(uri, "folder", listing.toString(), parts, labels, unlabelled, sentence);
  }

  private static Labels folderLabels(
      Configuration conf, Path root, List<FoundFile> files, StringBuilder listing)
      throws IOException {
    Path json = Directories.child(root, DatasetJson.NAME);
    FileSystem fs = Locations.fileSystem(conf, json.toUri());
    if (!fs.exists(json)) {
      ClassFolders layout = new ClassFolders(root.toString());
      files.forEach(f -> layout.check(f.path().getName(), f.folder()));
      return Labels.ofNames(files.stream().map(FoundFile::folder).toList());
    }
    FileStatus status = Inputs.status(conf, json.toUri());
    listing.append(line(json, status.getLen(), status.getModificationTime()));
    int prefix = Directories.child(root, "").toUri().getPath().length() + 1;
    List<String> names =
        files.stream().map(f -> f.path().toUri().getPath().substring(prefix)).toList();
    byte[] bytes;
    try (InputStream in = fs.open(json)) {
      bytes = in.readAllBytes();
    }
    return DatasetJson.read(bytes, json.toString()).of(names, new HashSet<>(names));
  }

  private static ImageSet archive(Configuration conf, URI uri, FileStatus status)
      throws IOException {
    try (ZipArchive zip = new ZipArchive(new HadoopChannel(conf, uri), uri.toString())) {
      List<ZipArchive.Entry> entries = zip.entries();
      return NumpyImages.is(entries)
          ? npz(NumpyImages.ofArchive(zip, entries, uri), uri, status)
          : zip(zip, entries, uri, status);
    }
  }

  private static ImageSet zip(
      ZipArchive zip, List<ZipArchive.Entry> entries, URI uri, FileStatus status)
      throws IOException {
    ImageArchive<ZipArchive.Entry> found =
        ImageArchive.of(new ZipFiles(zip), entries, Set.of(DatasetJson.NAME));
    List<ZipArchive.Entry> images = found.images();
    Optional<String> sentence =
        found.passedOver().sentence(new Path(uri).toString(), images.size());
    if (images.isEmpty()) {
      throw new UserException("%s holds no images%s", uri, sentence.map(s -> ": " + s).orElse(""));
    }
    Labels labels = zipLabels(zip, entries, found, uri);
    List<ImagePart> parts = new ArrayList<>();
    for (int from = 0; from < images.size(); from += IMAGES_PER_PART) {
      int count = Math.min(IMAGES_PER_PART, images.size() - from);
      parts.add(
          new ZipPart(
              parts.size(), uri, images.subList(from, from + count), labels.part(from, count)));
    }
    String unlabelled = "it has neither folders for classes nor labels in a " + DatasetJson.NAME;
    return of(uri, "zip", line(status), parts, labels, unlabelled, sentence);
  }

  private static Labels zipLabels(
      ZipArchive zip, List<ZipArchive.Entry> entries, ImageArchive<ZipArchive.Entry> found, URI uri)
      throws IOException {
    for (ZipArchive.Entry entry : entries) {
      if (entry.name().equals(DatasetJson.NAME)) {
        return DatasetJson.read(zip.read(entry), uri + ", " + DatasetJson.NAME)
            .of(names(found.images()), new HashSet<>(names(entries)));
      }
    }
    List<String> folders = found.folders();
    ClassFolders layout = new ClassFolders(new Path(uri).toString());
    for (int i = 0; i < folders.size(); i++) {
      layout.check(found.images().get(i).shown(), folders.get(i));
    }
    return Labels.ofNames(folders);
  }

  private static List<String> names(List<ZipArchive.Entry> entries) {
    return entries.stream().map(ZipArchive.Entry::name).toList();
  }

  private static ImageSet npz(NumpyImages npz, URI uri, FileStatus status) throws IOException {
    ImageArray array = npz.pixels();
    Labels labels = npz.labels(array.images());
    List<ImagePart> parts = new ArrayList<>();
    for (int from = 0; from < array.images(); from += IMAGES_PER_PART) {
      int n = Math.min(IMAGES_PER_PART, array.images() - from);
      parts.add(new NpzPart(parts.size(), array, from, n, labels.part(from, n)));
    }
    return of(uri, "npz", line(status), parts, labels, npz.looked(), Optional.empty());
  }

  private static ImageSet of(
      URI uri,
      String kind,
      String listing,
      List<ImagePart> parts,
      Labels labels,
      String unlabelled,
      Optional<String> sentence) {
    List<String> warnings = new ArrayList<>();
    sentence.ifPresent(warnings::add);
    String hash = Sha256.of(listing.getBytes(StandardCharsets.UTF_8));
    return new ImageSet(
        uri,
        kind,
        Optional.empty(),
        hash,
        parts,
        warnings,
        labels.names(),
        missing(uri, labels, unlabelled));
  }

  private static Optional<String> missing(URI uri, Labels labels, String looked) {
    long missing = labels.missing();
    if (missing == 0) {
      return Optional.empty();
    }
    int images = labels.values().length;
    return Optional.of(
        missing == images
            ? noLabel(uri, looked)
            : String.format(
                Locale.ROOT, "%d of the %d images of %s have no label", missing, images, uri));
  }

  static String noLabel(URI uri, String why) {
    return "no image of " + uri + " has a label: " + why;
  }

  private static String line(FileStatus file) {
    return line(file.getPath(), file.getLen(), file.getModificationTime());
  }

  private static String line(Path path, long length, long modified) {
    return path.toUri().getPath() + ' ' + length + ' ' + modified + '\n';
  }
}
