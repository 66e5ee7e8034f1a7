package io.sparkddpm.spark.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.KubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Checks resources against Kubernetes' own schema, as fabric8's classes, which are generated from
 * it, hold it: what they do not know comes back as it went in, what they know comes back typed.
 */
public final class StrictYaml {
  private static final ObjectMapper JSON = new ObjectMapper();

  private StrictYaml() {}

  /** The resources of a file, whose every field is one of the schema's. */
  public static List<KubernetesResource> read(String yaml) {
    List<KubernetesResource> resources = new ArrayList<>();
    for (String document : yaml.split("(?m)^---$", -1)) {
      KubernetesResource resource = Serialization.unmarshal(document);
      unknown(resource)
          .ifPresent(
              name -> {
                throw new IllegalArgumentException("not in Kubernetes' schema: " + name);
              });
      resources.add(resource);
    }
    return resources;
  }

  /** A field that the schema does not know. */
  public static Optional<String> unknown(Object resource) {
    return unknown(resource, resource.getClass().getSimpleName());
  }

  private static Optional<String> unknown(Object value, String path) {
    if (value instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        var found = unknown(list.get(i), path + "[" + i + "]");
        if (found.isPresent()) {
          return found;
        }
      }
      return Optional.empty();
    }
    if (!(value instanceof KubernetesResource)) {
      return Optional.empty();
    }
    for (var method : value.getClass().getMethods()) {
      if (method.getParameterCount() != 0 || !method.getName().startsWith("get")) {
        continue;
      }
      try {
        Object got = method.invoke(value);
        if (method.getName().equals("getAdditionalProperties")) {
          JsonNode extra = JSON.valueToTree(got);
          if (extra.fieldNames().hasNext()) {
            return Optional.of(path + "." + extra.fieldNames().next());
          }
        } else if (got instanceof KubernetesResource || got instanceof List) {
          var found = unknown(got, path + "." + method.getName().substring(3));
          if (found.isPresent()) {
            return found;
          }
        }
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }
    return Optional.empty();
  }
}
