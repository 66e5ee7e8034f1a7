package io.sparkddpm.spark.lab.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.KubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;

/** Resources from YAML, checked against Kubernetes' own schema. */
public final class StrictYaml {
  private StrictYaml() {}

  /** The documents of a file. */
  public static List<JsonNode> documents(String yaml) {
    List<JsonNode> documents = new ArrayList<>();
    for (String document : yaml.split("(?m)^---$", -1)) {
      try {
        documents.add(Serialization.yamlMapper().readTree(document));
      } catch (JsonProcessingException e) {
        throw new IllegalArgumentException("not YAML: " + e.getOriginalMessage(), e);
      }
    }
    return documents;
  }

  /**
   * The resources of a file, whose every field is one of the schema's, with a value of its type.
   */
  public static List<KubernetesResource> read(String yaml) {
    List<KubernetesResource> resources = new ArrayList<>();
    for (JsonNode document : documents(yaml)) {
      String json = document.toString();
      KubernetesSchema.problem(json)
          .ifPresent(
              problem -> {
                throw new IllegalArgumentException(problem);
              });
      resources.add(Serialization.unmarshal(json));
    }
    return resources;
  }
}
