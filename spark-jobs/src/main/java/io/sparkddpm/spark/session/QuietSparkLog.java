package io.sparkddpm.spark.session;

import io.sparkddpm.error.TrainingDivergedException;
import io.sparkddpm.error.UserException;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.Filter;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.LoggerConfig;
import org.apache.logging.log4j.core.filter.AbstractFilter;
import org.apache.logging.log4j.core.filter.CompositeFilter;

/**
 * Keeps out of Spark's log what the command reports in one line itself: tasks that end with an
 * error for the user, and tasks that are cancelled for that reason. Failures of any other kind stay
 * in the log with their traces.
 */
final class QuietSparkLog extends AbstractFilter {
  /** How Spark's scheduler writes the class of what a task threw: alone, before its message. */
  private static final Pattern THROWN =
      Pattern.compile("\\b(io\\.sparkddpm\\.[\\w.$]*(?:Exception|Error))\\b");

  private static final Pattern LOST = Pattern.compile("Lost task \\S+ in stage (\\S+) \\(TID");
  private static final Pattern ABORTED =
      Pattern.compile("Task \\d+ in stage (\\S+) failed \\d+ times; aborting job");

  /** Stages of which a task ended with an error for the user. */
  private final Set<String> reported = ConcurrentHashMap.newKeySet();

  /** Puts the filter into the process's log, once. */
  static synchronized void install() {
    if (LogManager.getContext(false) instanceof LoggerContext context) {
      LoggerConfig root = context.getConfiguration().getRootLogger();
      if (!isIn(root.getFilter())) {
        root.addFilter(new QuietSparkLog());
      }
    }
  }

  private static boolean isIn(Filter filter) {
    return filter instanceof QuietSparkLog
        || filter instanceof CompositeFilter all
            && Arrays.stream(all.getFiltersArray()).anyMatch(QuietSparkLog::isIn);
  }

  @Override
  public Result filter(LogEvent event) {
    String logger = event.getLoggerName();
    boolean isQuiet =
        logger != null
            && logger.startsWith("org.apache.spark.")
            && (TaskErrors.reported(event.getThrown()).isPresent()
                || isReported(event.getMessage().getFormattedMessage()));
    return isQuiet ? Result.DENY : Result.NEUTRAL;
  }

  /** Whether a line of Spark's scheduler is about an error for the user. */
  boolean isReported(String message) {
    if (message.contains("TaskKilled (Stage cancelled")) {
      return true;
    }
    Matcher aborted = ABORTED.matcher(message);
    if (aborted.find()) {
      return reported.contains(aborted.group(1));
    }
    Matcher thrown = THROWN.matcher(message);
    if (!thrown.find() || !isForUser(thrown.group(1))) {
      return false;
    }
    Matcher lost = LOST.matcher(message);
    if (lost.find()) {
      reported.add(lost.group(1));
    }
    return true;
  }

  private static boolean isForUser(String className) {
    try {
      Class<?> type = Class.forName(className, false, QuietSparkLog.class.getClassLoader());
      return UserException.class.isAssignableFrom(type)
          || TrainingDivergedException.class.isAssignableFrom(type);
    } catch (ClassNotFoundException | LinkageError e) {
      return false;
    }
  }
}
