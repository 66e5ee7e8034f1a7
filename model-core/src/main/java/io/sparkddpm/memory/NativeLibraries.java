package io.sparkddpm.memory;

import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.bytedeco.javacpp.Loader;

/**
 * Loads native libraries, one process of a machine after the other. JavaCPP unpacks each file under
 * a lock, but loads it without: the loader then may map a library that it depends on while another
 * process still writes it, and the process dies (SIGBUS).
 */
public final class NativeLibraries {
  private static final String LOCK_FILE = "ddpm-loading.lock";

  private NativeLibraries() {}

  /**
   * Runs what unpacks and loads libraries.
   *
   * @param load what it throws is passed on
   * @throws UserException if the directory for unpacked libraries cannot be written
   */
  public static synchronized void load(Runnable load) {
    try (FileChannel file = open();
        FileLock held = file.lock()) {
      load.run();
    } catch (IOException e) {
      throw new UserException(
          e,
          "cannot unpack native libraries: %s; -Dorg.bytedeco.javacpp.cachedir=DIR (of the driver's"
              + " and the executors' JVMs) names a directory that can be written",
          e.getMessage());
    }
  }

  private static FileChannel open() throws IOException {
    Path directory = Loader.getCacheDir().toPath();
    return FileChannel.open(
        directory.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }
}
