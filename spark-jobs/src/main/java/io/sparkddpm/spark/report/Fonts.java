package io.sparkddpm.spark.report;

import java.awt.Font;
import java.awt.font.FontRenderContext;
import java.awt.font.TextLayout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether this Java can write text into pictures. Small containers have no fonts. */
final class Fonts {
  private static final Logger LOG = LoggerFactory.getLogger(Fonts.class);
  private static final boolean THERE = look();

  private Fonts() {}

  /** The first call logs a warning if there are none. */
  static boolean areThere() {
    return THERE;
  }

  private static boolean look() {
    try {
      new TextLayout(
          "x", new Font(Font.SANS_SERIF, Font.PLAIN, 12), new FontRenderContext(null, true, true));
      return true;
    } catch (LinkageError | InternalError | RuntimeException e) { // each by what is missing
      LOG.warn(
          "Plots are left out: this Java finds no fonts ({}); install fontconfig and a font, such"
              + " as the packages fontconfig and fonts-dejavu-core",
          e.toString());
      return false;
    }
  }
}
