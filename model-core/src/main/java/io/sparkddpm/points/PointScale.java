package io.sparkddpm.points;

/** How the coordinates of a set become those that a network is trained on. */
public enum PointScale {
  /** As they are. */
  NONE,
  /** Centred at their mean, then divided so that the mean square of a coordinate is 1. */
  DEVIATION {
    @Override
    double size(PointSet centred) {
      double squares = 0;
      for (double x : centred.coordinates()) {
        squares += x * x;
      }
      return Math.sqrt(squares / centred.coordinates().length);
    }
  },
  /** Centred at their mean, then divided so that the point farthest from it has distance 1. */
  BALL {
    @Override
    double size(PointSet centred) {
      double largest = 0;
      for (int i = 0; i < centred.count(); i++) {
        double squares = 0;
        for (int axis = 0; axis < PointSet.AXES; axis++) {
          squares += centred.get(i, axis) * centred.get(i, axis);
        }
        largest = Math.max(largest, squares);
      }
      return Math.sqrt(largest);
    }
  };

  /** What a centred set is divided by. */
  double size(PointSet centred) {
    return 1;
  }
}
