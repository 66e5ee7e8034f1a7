package io.sparkddpm.spark.input;

import io.sparkddpm.error.UserException;

/**
 * Refuses images beside folders of images, which would be of no class; so does every command, that
 * all take the same set. For one thread.
 */
public final class ClassFolders {
  private final String place;
  private String file = "";
  private String folder = "";

  /**
   * @param place that is listed, for messages
   */
  public ClassFolders(String place) {
    this.place = place;
  }

  /**
   * Takes an image.
   *
   * @param itsFolder directly below the place; empty if in none
   * @throws UserException naming both, if some images lie in folders and others beside them
   */
  public void check(String image, String itsFolder) {
    if (itsFolder.isEmpty()) {
      file = file.isEmpty() ? image : file;
    } else {
      folder = folder.isEmpty() ? itsFolder : folder;
    }
    if (!file.isEmpty() && !folder.isEmpty()) {
      throw new UserException(
          "%s holds files (%s) beside folders (%s): put every image into the folder of its class,"
              + " or have no folders",
          place, file, folder);
    }
  }
}
