package io.sparkddpm.spark.lab.cluster;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.kubernetes.client.openapi.models.V1Pod;
import java.lang.reflect.InvocationTargetException;
import java.util.Optional;

/**
 * Kubernetes' OpenAPI schema, as the models of its official client hold it, which are generated
 * from it: a field that is not of the schema and a required one that is missing are found at any
 * depth.
 */
public final class KubernetesSchema {
  private KubernetesSchema() {}

  /**
   * What is wrong with a resource.
   *
   * @param json a resource of an API group's version v1, with its kind
   */
  public static Optional<String> problem(String json) {
    JsonObject resource = JsonParser.parseString(json).getAsJsonObject();
    return problem(resource.get("kind").getAsString(), json);
  }

  /**
   * The same of a part of a resource.
   *
   * @param type such as {@code PodTemplateSpec}
   */
  public static Optional<String> problem(String type, String json) {
    String model = V1Pod.class.getPackageName() + ".V1" + type;
    try {
      Class.forName(model)
          .getMethod("validateJsonObject", JsonObject.class)
          .invoke(null, JsonParser.parseString(json).getAsJsonObject());
      return Optional.empty();
    } catch (InvocationTargetException e) {
      return Optional.of(e.getCause().getMessage());
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException("Kubernetes' schema has no " + type, e);
    }
  }
}
