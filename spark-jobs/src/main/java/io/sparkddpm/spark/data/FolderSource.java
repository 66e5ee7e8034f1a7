package io.sparkddpm.spark.data;

import io.sparkddpm.archive.TarReader;
import io.sparkddpm.archive.ZipArchive;
import io.sparkddpm.config.Variant;
import io.sparkddpm.error.UserException;
import io.sparkddpm.spark.input.ArchiveFiles;
import io.sparkddpm.spark.input.ClassFolders;
import io.sparkddpm.spark.input.FoundFile;
import io.sparkddpm.spark.input.HadoopChannel;
import io.sparkddpm.spark.input.ImageArchive;
import io.sparkddpm.spark.input.ImageFolder;
import io.sparkddpm.spark.input.Inputs;
import io.sparkddpm.spark.input.PassedOver;
import io.sparkddpm.spark.input.TarFiles;
import io.sparkddpm.spark.input.ZipFiles;
import io.sparkddpm.spark.session.TaskHeap;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * Folders, zip and tar files of PNG, JPEG and WebP files, LSUN's exported ones among them. Each
 * folder directly in an input is a class, with everything below it; labels follow the sorted names
 * of all inputs' classes. Where no input has folders there are no classes and no labels; where
 * others do, images in none are of class {@code all}. {@link ImageFolder} and {@link ImageArchive}
 * decide what is taken and what is passed over.
 */
@Variant(value = "folder", description = "folders and zip files of images, a class in each folder")
public record FolderSource() implements ImageSource {
  private static final long serialVersionUID = 1L;

  /** Parts the keys of tar files' members, and begins them. */
  private static final String TAR = "@";

  @Override
  public SourceListing list(Configuration conf, List<URI> inputs) {
    SourceListing.Builder slices = new SourceListing.Builder();
    FolderClasses classes = new FolderClasses();
    for (int i = 0; i < inputs.size(); i++) {
      FileStatus status = Inputs.status(conf, inputs.get(i));
      if (status.isDirectory()) {
        addFolder(conf, i, status.getPath(), slices, classes);
      } else if (ImageArchive.isZip(conf, status)) {
        HadoopChannel channel = new HadoopChannel(conf, status.getPath().toUri());
        ZipArchive zip = new ZipArchive(channel, status.getPath().toString());
        addArchive(i, status, new ZipFiles(zip), ArchiveKey::of, slices, classes);
      } else if (ImageArchive.isTar(conf, status)) {
        addArchive(i, status, tar(conf, status), FolderSource::tarKey, slices, classes);
      } else {
        FoundFile file =
            new FoundFile(
                status.getPath(),
                Dataset.ONLY_CLASS,
                status.getLen(),
                status.getModificationTime());
        add(slices, i, status.getPath(), file, classes.number(Dataset.ONLY_CLASS));
      }
    }
    return classes.label(slices).mixed();
  }

  private static void addFolder(
      Configuration conf,
      int input,
      Path root,
      SourceListing.Builder slices,
      FolderClasses classes) {
    ClassFolders layout = new ClassFolders(root.toString());
    long before = slices.records();
    PassedOver passedOver =
        ImageFolder.forEach(
            conf,
            root,
            Set.of(),
            file -> {
              layout.check(file.path().getName(), file.folder());
              String name = file.folder().isEmpty() ? Dataset.ONLY_CLASS : file.folder();
              add(slices, input, root, file, classes.number(name));
            });
    warn(slices, root, slices.records() - before, passedOver);
  }

  private static TarFiles tar(Configuration conf, FileStatus status) {
    String name = status.getPath().toString();
    try {
      return new TarFiles(
          new TarReader(new HadoopChannel(conf, status.getPath().toUri()), 0, name));
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", name, e.getMessage());
    }
  }

  /** Where the content lies: reading it needs no header. */
  private static String tarKey(TarReader.Member member) {
    return TAR + Long.toHexString(member.offset()) + TAR + Long.toHexString(member.size());
  }

  private static <E> void addArchive(
      int input,
      FileStatus status,
      ArchiveFiles<E> archive,
      Function<E, String> key,
      SourceListing.Builder slices,
      FolderClasses classes) {
    Path path = status.getPath();
    try (archive) {
      ImageArchive<E> found = ImageArchive.of(archive, archive.entries(), Set.of());
      List<String> folders = found.folders();
      ClassFolders layout = new ClassFolders(path.toString());
      for (int i = 0; i < folders.size(); i++) {
        E entry = found.images().get(i);
        layout.check(archive.name(entry), folders.get(i));
        int label = classes.number(folders.get(i).isEmpty() ? Dataset.ONLY_CLASS : folders.get(i));
        slices.add(
            new SourceSlice(
                input,
                path.toUri(),
                path.getName() + "/" + archive.name(entry),
                status.getLen(),
                status.getModificationTime(),
                0,
                1,
                label,
                key.apply(entry)));
      }
      warn(slices, path, folders.size(), found.passedOver());
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", path, e.getMessage());
    }
  }

  private static void warn(
      SourceListing.Builder slices, Path place, long taken, PassedOver passedOver) {
    Optional<String> sentence = passedOver.sentence(place.toString(), taken);
    if (taken == 0) {
      throw new UserException("%s holds no image%s", place, sentence.map(s -> ": " + s).orElse(""));
    }
    sentence.ifPresent(slices::warn);
  }

  private static void add(
      SourceListing.Builder slices, int input, Path root, FoundFile file, int label) {
    String name = InputFiles.nameFrom(root, file.path());
    slices.add(
        new SourceSlice(
            input, file.path().toUri(), name, file.size(), file.modified(), 0, 1, label, ""));
  }

  @Override
  public void read(Configuration conf, SourceSlice slice, Consumer<RawRecord> consumer)
      throws IOException {
    if (slice.key().startsWith(TAR)) {
      String[] key = slice.key().split(TAR);
      consumer.accept(InputFiles.record(conf, slice, number(key[1]), number(key[2])));
    } else if (!slice.key().isEmpty()) {
      consumer.accept(readEntry(conf, slice));
    } else {
      consumer.accept(InputFiles.record(conf, slice, 0, slice.size()));
    }
  }

  private static long number(String hexadecimal) {
    return Long.parseLong(hexadecimal, 16);
  }

  private static RawRecord readEntry(Configuration conf, SourceSlice slice) throws IOException {
    String name = slice.name().substring(new Path(slice.uri()).getName().length() + 1);
    ZipArchive.Entry entry = ArchiveKey.entry(name, slice.key());
    if (ZipArchive.heapFor(entry) > TaskHeap.bytes()) {
      return RawRecord.unread(entry.length(), slice.name(), slice.label());
    }
    try (ZipArchive zip =
        new ZipArchive(new HadoopChannel(conf, slice.uri()), slice.uri().toString())) {
      return new RawRecord(zip.read(entry), slice.name(), slice.label());
    }
  }
}
