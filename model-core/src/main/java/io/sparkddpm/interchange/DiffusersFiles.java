package io.sparkddpm.interchange;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkddpm.error.UserException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/** Names and small files of a folder that holds a diffusers pipeline. */
public final class DiffusersFiles {
  /** What the pipeline is made of. */
  public static final String INDEX = "model_index.json";

  /** Of the U-Net, in {@link #UNET}, or of an autoencoder. */
  public static final String CONFIG = "config.json";

  /** Of the scheduler, in {@link #SCHEDULER}. */
  public static final String SCHEDULER_CONFIG = "scheduler_config.json";

  /** Folder of the U-Net; folders of 2022 have its files at the top. */
  public static final String UNET = "unet";

  /** Folder of the scheduler; folders of 2022 have its file at the top. */
  public static final String SCHEDULER = "scheduler";

  /** The weights; of several files {@code -00001-of-00002} stands before the suffix. */
  public static final String WEIGHTS = "diffusion_pytorch_model.safetensors";

  /** The weights as a pickle. */
  public static final String PICKLE = "diffusion_pytorch_model.bin";

  private static final ObjectMapper JSON = new ObjectMapper();

  private DiffusersFiles() {}

  /**
   * Which class of diffusers a {@link #CONFIG} is of; empty if it does not say.
   *
   * @param origin the file's name, for messages
   * @throws UserException if it is damaged
   */
  public static String className(String json, String origin) {
    return tree(json, origin).path("_class_name").asText();
  }

  private static JsonNode tree(String json, String origin) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new UserException(e, "%s is not JSON: %s", origin, e.getOriginalMessage());
    }
  }

  /** The {@link #INDEX} of a pipeline without conditions but a class. */
  public static Map<String, Object> index() {
    Map<String, Object> index = new LinkedHashMap<>();
    index.put("_class_name", "DDPMPipeline");
    index.put("scheduler", List.of("diffusers", "DDPMScheduler"));
    index.put("unet", List.of("diffusers", "UNet2DModel"));
    return index;
  }

  /** A file's text. */
  public static String render(Map<String, Object> keys) {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(keys) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The file that says which tensor lies in which of several files. */
  public static String indexOf(String weights) {
    return weights + ".index.json";
  }

  /**
   * Names of the files that {@link #indexOf} lists.
   *
   * @param origin the index's name, for messages
   * @throws UserException if it is damaged, or names what is not beside it
   */
  public static SortedSet<String> shards(String json, String origin) {
    JsonNode map = tree(json, origin).path("weight_map");
    SortedSet<String> names = new TreeSet<>();
    map.elements().forEachRemaining(name -> names.add(name.asText()));
    if (names.isEmpty() || names.stream().anyMatch(n -> n.isEmpty() || n.matches(".*[/\\\\].*"))) {
      throw new UserException("%s must name the files beside it in weight_map", origin);
    }
    return names;
  }
}
