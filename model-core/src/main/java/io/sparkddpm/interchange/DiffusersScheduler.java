package io.sparkddpm.interchange;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.diffusion.DiffusionConfig;
import io.sparkddpm.diffusion.PredictionType;
import io.sparkddpm.diffusion.VarianceType;
import io.sparkddpm.schedule.CosineSchedule;
import io.sparkddpm.schedule.LinearSchedule;
import io.sparkddpm.schedule.ScheduleConfig;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The configuration of diffusers' {@code DDPMScheduler} or {@code DDIMScheduler}: what a network
 * was trained with. Its defaults, which hold where a key is absent, are those of diffusers 0.30.
 * Which timesteps are visited (its keys {@code timestep_spacing} and {@code steps_offset}) is
 * chosen when samples are drawn.
 *
 * @param schedule β_t
 * @param diffusion how the network's output is read
 */
public record DiffusersScheduler(ScheduleConfig schedule, DiffusionConfig diffusion) {
  private static final String DDPM = "DDPMScheduler";
  private static final String DDIM = "DDIMScheduler";
  private static final Map<PredictionType, String> PREDICTIONS =
      Map.of(
          PredictionType.EPSILON,
          "epsilon",
          PredictionType.X0,
          "sample",
          PredictionType.V,
          "v_prediction");
  private static final Map<VarianceType, String> VARIANCES =
      Map.of(
          VarianceType.BETA,
          "fixed_large",
          VarianceType.BETA_TILDE,
          "fixed_small",
          VarianceType.LEARNED_RANGE,
          "learned_range");

  /** {@code fixed_small}, whose deviation is e^{ln σ² / 2}. */
  private static final String LOG = "_log";

  private static final String COSINE = "squaredcos_cap_v2";

  /**
   * What a {@code scheduler_config.json} says.
   *
   * @param origin the file's name, for messages
   * @throws io.sparkddpm.error.UserException naming every key that cannot be represented here
   */
  public static DiffusersScheduler read(String json, String origin) {
    ForeignConfig config = new ForeignConfig(json, origin);
    String type = config.text("_class_name", DDPM);
    if (!type.equals(DDPM) && !type.equals(DDIM)) {
      config.problem("_class_name", DDPM, "DDPMScheduler and DDIMScheduler are supported");
    }
    config.require("trained_betas", null, null);
    config.require("thresholding", false, false);
    config.require("rescale_betas_zero_snr", false, false);
    config.ignore("timestep_spacing", "steps_offset", "tensor_format", "timestep_values");
    config.ignore("dynamic_thresholding_ratio", "sample_max_value"); // of thresholding
    boolean clip = config.bool("clip_sample", true);
    if (clip) {
      config.require("clip_sample_range", 1, 1);
    } else {
      config.ignore("clip_sample_range");
    }
    VarianceType variance = VarianceType.BETA_TILDE; // DDIM's own with eta = 1
    if (type.equals(DDIM)) {
      config.require("set_alpha_to_one", true, true);
    } else {
      String name = config.text("variance_type", VARIANCES.get(VarianceType.BETA_TILDE));
      String plain = VARIANCES.get(VarianceType.BETA_TILDE);
      variance = key(VARIANCES, name.equals(plain + LOG) ? plain : name, variance);
      if (!VARIANCES.containsValue(name) && !name.equals(plain + LOG)) {
        config.problem(
            "variance_type", plain, "fixed_small, fixed_large and learned_range are supported");
      }
    }
    PredictionType prediction = prediction(config);
    int steps = config.integer("num_train_timesteps", 1000, 1000);
    double first = config.number("beta_start", 1e-4);
    double last = config.number("beta_end", 0.02);
    String family = config.text("beta_schedule", "linear");
    if (!family.equals("linear") && !family.equals(COSINE)) {
      config.problem("beta_schedule", "linear", "linear and " + COSINE + " are supported");
    }
    config.check();
    try {
      return new DiffusersScheduler(
          family.equals(COSINE)
              ? new CosineSchedule(steps)
              : new LinearSchedule(steps, first, last),
          new DiffusionConfig(prediction, variance, clip));
    } catch (IllegalArgumentException e) {
      throw config.refused(e);
    }
  }

  /** The first releases had {@code predict_epsilon} instead. */
  private static PredictionType prediction(ForeignConfig config) {
    boolean epsilon = config.bool("predict_epsilon", true);
    String absent = PREDICTIONS.get(epsilon ? PredictionType.EPSILON : PredictionType.X0);
    String name = config.text("prediction_type", absent);
    if (!PREDICTIONS.containsValue(name)) {
      config.problem("prediction_type", absent, "epsilon, sample and v_prediction are supported");
    }
    return key(PREDICTIONS, name, PredictionType.EPSILON);
  }

  private static <K> K key(Map<K, String> names, String name, K otherwise) {
    return names.entrySet().stream()
        .filter(entry -> entry.getValue().equals(name))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(otherwise);
  }

  /**
   * The keys of a {@code scheduler_config.json}, in alphabetical order.
   *
   * @throws IllegalArgumentException if diffusers has no such schedule or prediction
   */
  public Map<String, Object> write() {
    String prediction = PREDICTIONS.get(diffusion.prediction());
    String variance = VARIANCES.get(diffusion.variance());
    checkArgument(
        prediction != null, "diffusion.prediction %s is unknown there", diffusion.prediction());
    checkArgument(variance != null, "diffusion.variance %s is unknown there", diffusion.variance());
    boolean cosine = schedule instanceof CosineSchedule;
    checkArgument(
        cosine || schedule instanceof LinearSchedule, "the schedule %s is unknown there", schedule);
    LinearSchedule betas =
        schedule instanceof LinearSchedule linear ? linear : LinearSchedule.DEFAULTS;
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("_class_name", DDPM);
    config.put("beta_end", betas.lastBeta());
    config.put("beta_schedule", cosine ? COSINE : "linear");
    config.put("beta_start", betas.firstBeta());
    config.put("clip_sample", diffusion.clipX0());
    config.put("clip_sample_range", 1.0);
    config.put("num_train_timesteps", schedule.steps());
    config.put("prediction_type", prediction);
    config.put("rescale_betas_zero_snr", false);
    config.put("steps_offset", 0);
    config.put("thresholding", false);
    config.put("timestep_spacing", "leading");
    config.put("trained_betas", null);
    config.put("variance_type", variance);
    return config;
  }
}
