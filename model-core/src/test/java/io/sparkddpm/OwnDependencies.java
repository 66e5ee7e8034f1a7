package io.sparkddpm;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.conditions.ArchConditions;

/** Conditions on dependencies inside the project; libraries are left out of them. */
final class OwnDependencies {
  private OwnDependencies() {}

  /** Depends on classes of the project only in {@code packages}. */
  static ArchCondition<JavaClass> stayIn(String... packages) {
    DescribedPredicate<JavaClass> own = JavaClass.Predicates.resideInAPackage("io.sparkddpm..");
    return ArchConditions.onlyDependOnClassesThat(
        DescribedPredicate.not(own).or(JavaClass.Predicates.resideInAnyPackage(packages)));
  }
}
