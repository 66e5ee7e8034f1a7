package io.sparkddpm.spark.data;

/** The layouts that images are taken from. A further one is a further {@link ImageSource}. */
public enum ImageFormat {
  /** CIFAR-10's binary files. */
  CIFAR10,
  /** PNG, JPEG and WebP files, each class in a folder of its own. */
  FOLDER,
  /** LSUN's LMDB environments. */
  LSUN_LMDB;

  ImageSource source() {
    return switch (this) {
      case CIFAR10 -> new Cifar10Source();
      case FOLDER -> new FolderSource();
      case LSUN_LMDB -> new LmdbSource();
    };
  }
}
