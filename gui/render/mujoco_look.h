// The look of MuJoCo pictures: one quiet studio for every model (its own shapes and colours; our
// floor tones, light and sky), because many models come without light, sky or a floor that one can
// look at.
#pragma once

#include "gui/render/style.h"

struct mjModel_;
struct mjvScene_;

namespace carrot {

// Changes a drawing copy of a model, before mjr_makeContext. `radius` (m) is the size of what is
// looked at.
void ApplyStudioLook(mjModel_& model, Theme theme, double radius);

// Replaces the scene's lights: one from the camera, one from above with the shadows, which follows
// `centre`.
void LightStudio(mjvScene_& scene, const double centre[3], double radius);

// Fills what mjr_render left empty in the bound framebuffer with a sky that meets the horizon of
// the scene's camera. Restores the GL state.
void DrawStudioSky(const mjvScene_& scene, Theme theme);

}  // namespace carrot
