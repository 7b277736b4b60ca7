#include "envs/grid/grid_generator.h"

namespace carrot {

// Every generator_<name>.cc defines one; this is the one place that lists them.
extern const GridGenerator kEmptyGenerator;
extern const GridGenerator kDoorKeyGenerator;

const Registry<const GridGenerator*>& GridGenerators() {
  static const auto registry = [] {
    Registry<const GridGenerator*> all("grid");
    for (const GridGenerator* generator : {&kEmptyGenerator, &kDoorKeyGenerator}) {
      CARROT_CHECK(generator->landmarks.size() <= kMaxLandmarks);
      all.Add(generator->name, generator);
    }
    return all;
  }();
  return registry;
}

}  // namespace carrot
