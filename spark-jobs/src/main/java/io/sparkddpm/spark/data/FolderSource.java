package io.sparkddpm.spark.data;

import io.sparkddpm.error.UserException;
import io.sparkddpm.image.ImageCodec;
import io.sparkddpm.image.LabelledImage;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * Folders of PNG, JPEG and WebP files, LSUN's exported ones among them. Each folder directly in an
 * input is a class, with everything below it; labels follow the sorted names of all inputs'
 * classes. An input without folders, or a single file, is of one class.
 */
final class FolderSource implements ImageSource {
  private static final long serialVersionUID = 1L;
  private static final String ONLY_CLASS = "all";

  @Override
  public SourceListing list(Configuration conf, List<URI> inputs) {
    List<Input> opened = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      opened.add(new Input(conf, i, inputs.get(i)));
    }
    TreeSet<String> names = new TreeSet<>();
    opened.forEach(input -> names.addAll(input.classes()));
    List<String> classNames = new ArrayList<>(names);
    SourceListing.Builder slices = new SourceListing.Builder();
    opened.forEach(input -> input.addTo(slices, classNames));
    return slices.build(classNames);
  }

  /** One input; remembers what lies directly in it only. */
  private static final class Input {
    private final Configuration conf;
    private final int number;
    private final FileStatus status;
    private final Path root;
    private final List<InputFiles.Child> content;

    Input(Configuration conf, int number, URI uri) {
      this.conf = conf;
      this.number = number;
      this.status = InputFiles.status(conf, uri);
      this.root = status.getPath();
      this.content = status.isDirectory() ? InputFiles.children(conf, root) : List.of();
      Optional<InputFiles.Child> file = content.stream().filter(c -> !c.directory()).findFirst();
      Optional<InputFiles.Child> folder =
          content.stream().filter(InputFiles.Child::directory).findFirst();
      if (file.isPresent() && folder.isPresent()) {
        throw new UserException(
            "%s holds files (%s) beside folders (%s): put every image into the folder of its class,"
                + " or have no folders",
            root, file.get().name(), folder.get().name());
      }
    }

    List<String> classes() {
      List<String> folders =
          content.stream()
              .filter(InputFiles.Child::directory)
              .map(InputFiles.Child::name)
              .filter(name -> InputFiles.holdsFiles(conf, new Path(root, name)))
              .toList();
      boolean ownFiles = !status.isDirectory() || content.stream().anyMatch(c -> !c.directory());
      if (folders.isEmpty() && !ownFiles) {
        throw new UserException("%s holds no image", root.toUri());
      }
      return ownFiles ? List.of(ONLY_CLASS) : folders;
    }

    void addTo(SourceListing.Builder slices, List<String> classNames) {
      if (!status.isDirectory()) {
        add(slices, root, status.getLen(), status.getModificationTime(), label(classNames));
      }
      for (InputFiles.Child child : content) {
        Path path = new Path(root, child.name());
        if (!child.directory()) {
          add(slices, path, child.size(), child.modified(), label(classNames));
        } else {
          int label = classNames.indexOf(child.name());
          InputFiles.forEachFile(
              conf, path, (p, file) -> add(slices, p, file.size(), file.modified(), label));
        }
      }
    }

    private static int label(List<String> classNames) {
      return classNames.indexOf(ONLY_CLASS);
    }

    private void add(SourceListing.Builder slices, Path path, long size, long modified, int label) {
      String name = InputFiles.nameFrom(root, path);
      slices.add(new SourceSlice(number, path.toUri(), name, size, modified, 0, 1, label, ""));
    }
  }

  @Override
  public void read(Configuration conf, SourceSlice slice, Consumer<RawImage> consumer)
      throws IOException {
    byte[] bytes = InputFiles.read(conf, slice, 0, Math.toIntExact(slice.size()));
    consumer.accept(new RawImage(bytes, slice.name(), slice.label()));
  }

  @Override
  public LabelledImage decode(RawImage raw) {
    return new LabelledImage(ImageCodec.decode(raw.bytes(), raw.source()), raw.label());
  }
}
