#include "gui/render/mujoco_look.h"

#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>

#include "gui/render/gl_api.h"

namespace carrot {
namespace {

struct Studio {
  Colour tile_dark, tile_light;  // floor
  Colour horizon, zenith;        // sky; the floor fades into the horizon
};
const Studio& StudioOf(Theme theme) {
  static constexpr Studio kLightStudio{Rgb(0xc3cad3), Rgb(0xd3d9e0), Rgb(0xe9edf1), Rgb(0xb9cadb)};
  static constexpr Studio kDarkStudio{Rgb(0x2c333d), Rgb(0x363e4a), Rgb(0x20262e), Rgb(0x0f1216)};
  return theme == Theme::kLight ? kLightStudio : kDarkStudio;
}

float Channel(Colour colour, int k) {
  return static_cast<float>((colour >> (8 * k)) & 255) / 255.0f;
}

void SetRgba(float* rgba, Colour colour) {
  for (int k = 0; k < 3; ++k) rgba[k] = Channel(colour, k);
}

// A floor's picture (checkers as a rule) keeps its drawing but gets our two tones.
void RetoneTexture(mjModel& m, int texture, const Studio& studio) {
  const int channels = m.tex_nchannel[texture];
  const int64_t pixels = int64_t{m.tex_width[texture]} * m.tex_height[texture];
  mjtByte* data = m.tex_data + m.tex_adr[texture];
  int lowest = 255, highest = 0;
  auto brightness = [channels](const mjtByte* p) {
    return channels < 3 ? int{p[0]} : (int{p[0]} + int{p[1]} + int{p[2]}) / 3;
  };
  for (int64_t i = 0; i < pixels; ++i) {
    lowest = std::min(lowest, brightness(data + i * channels));
    highest = std::max(highest, brightness(data + i * channels));
  }
  for (int64_t i = 0; i < pixels; ++i) {
    mjtByte* p = data + i * channels;
    const double t = static_cast<double>(brightness(p) - lowest) / std::max(1, highest - lowest);
    const Colour tone = Mix(studio.tile_dark, studio.tile_light, t);
    for (int k = 0; k < std::min(channels, 3); ++k)
      p[k] = static_cast<mjtByte>((tone >> (8 * k)) & 255);
  }
}

void QuietFloor(mjModel& m, int geom, double radius, const Studio& studio) {
  const int material = m.geom_matid[geom];
  mjtNum* size = m.geom_size + 3 * geom;
  const double extent[2] = {size[0], size[1]};
  // To the engine every plane is endless; drawn with an end, a good runner would leave its floor.
  const bool ground = m.geom_bodyid[geom] == 0 && std::min(size[0], size[1]) > 5 * radius;
  if (ground) size[0] = size[1] = 0;
  SetRgba(m.geom_rgba + 4 * geom, studio.tile_light);
  if (material < 0) return;
  m.mat_reflectance[material] = 0;  // mirror images distract, and draw everything twice
  m.mat_specular[material] = 0.1f;
  SetRgba(m.mat_rgba + 4 * material, studio.tile_light);
  const int texture = m.mat_texid[material * mjNTEXROLE + mjTEXROLE_RGB];
  if (texture < 0 || m.tex_type[texture] != mjTEXTURE_2D) return;
  for (int k = 0; ground && !m.mat_texuniform[material] && k < 2;
       ++k) {  // repeats a metre, not a plane
    m.mat_texrepeat[2 * material + k] /= static_cast<float>(extent[k]);
  }
  if (ground) m.mat_texuniform[material] = 1;
  RetoneTexture(m, texture, studio);
  SetRgba(m.geom_rgba + 4 * geom, Rgb(0xffffff));
  SetRgba(m.mat_rgba + 4 * material, Rgb(0xffffff));
}

}  // namespace

void ApplyStudioLook(mjModel_& m, Theme theme, double radius) {
  const Studio& studio = StudioOf(theme);
  for (int g = 0; g < m.ngeom; ++g) {
    if (m.geom_type[g] == mjGEOM_PLANE) QuietFloor(m, g, radius, studio);
  }
  // All distances below are multiples of the extent.
  m.stat.extent = radius;
  m.vis.map.znear = 0.02f;
  m.vis.map.zfar = 200.0f;
  m.vis.map.shadowclip = 1.6f;
  SetRgba(m.vis.rgba.fog, studio.horizon);
}

void LightStudio(mjvScene_& scene, const double centre[3], double radius) {
  struct Lamp {
    float ambient, diffuse, specular;
    float direction[3];
    bool shadow;
  };
  const float* forward = scene.camera[0].forward;
  const Lamp lamps[] = {
      {0.40f, 0.18f, 0.0f, {forward[0], forward[1], forward[2]}, false},  // from the camera
      // Straight down: a tilted shadow map speckles the floor. The shadow shows what is over what.
      {0.0f, 0.30f, 0.10f, {0, 0, -1}, true},
      {0.0f, 0.34f, 0.25f, {0.55f, 0.45f, -0.70f}, false},  // from the left shoulder: shape
  };
  scene.nlight = 0;
  for (const Lamp& lamp : lamps) {
    mjvLight& light = scene.lights[scene.nlight++];
    light = mjvLight{};
    light.id = light.texid = -1;
    light.type = mjLIGHT_DIRECTIONAL;
    light.attenuation[0] = 1;
    light.cutoff = 180;
    light.castshadow = lamp.shadow;
    std::fill_n(light.ambient, 3, lamp.ambient);
    std::fill_n(light.diffuse, 3, lamp.diffuse);
    std::fill_n(light.specular, 3, lamp.specular);
    for (int k = 0; k < 3; ++k) {
      light.dir[k] = lamp.direction[k];
      light.pos[k] =
          static_cast<float>(centre[k] - 4 * radius * static_cast<double>(lamp.direction[k]));
    }
  }
}

// Height of the horizon in the picture, -1 (bottom) to 1 (top); outside if it is not in view.
static float HorizonOf(const mjvGLCamera& camera) {
  const float up = camera.forward[2], along = std::hypot(camera.forward[0], camera.forward[1]);
  const float half = (camera.frustum_top - camera.frustum_bottom) / (2 * camera.frustum_near);
  return along < 1e-3f ? (up < 0 ? 2.0f : -2.0f) : -up / along / half;
}

void DrawStudioSky(const mjvScene_& scene, Theme theme) {
  const Studio& studio = StudioOf(theme);
  const GlApi& gl = Gl();
  GLfloat empty = 1;
  gl.GetFloatv(GL_DEPTH_CLEAR_VALUE, &empty);
  gl.UseProgram(0);
  gl.PushAttrib(GL_ENABLE_BIT | GL_DEPTH_BUFFER_BIT | GL_LIGHTING_BIT | GL_VIEWPORT_BIT |
                GL_CURRENT_BIT);
  for (GLenum mode : {GL_MODELVIEW, GL_PROJECTION}) {
    gl.MatrixMode(mode);
    gl.PushMatrix();
    gl.LoadIdentity();
  }
  for (GLenum off :
       {GL_LIGHTING, GL_TEXTURE_2D, GL_TEXTURE_CUBE_MAP, GL_FOG, GL_CULL_FACE, GL_BLEND})
    gl.Disable(off);
  gl.Enable(GL_DEPTH_TEST);
  gl.DepthMask(GL_FALSE);
  // The depth of this quad is the cleared depth whatever the clip convention (mjr reverses it if it
  // can).
  gl.DepthRange(static_cast<GLdouble>(empty), static_cast<GLdouble>(empty));
  gl.DepthFunc(GL_EQUAL);
  gl.ShadeModel(GL_SMOOTH);
  auto colour = [&gl](Colour c) { gl.Color3f(Channel(c, 0), Channel(c, 1), Channel(c, 2)); };
  const float horizon = std::clamp(HorizonOf(scene.camera[0]), -3.0f, 3.0f);
  const float zenith = horizon + 1.6f;
  const float heights[4] = {-4, horizon, zenith, 5};
  const Colour colours[4] = {studio.horizon, studio.horizon, studio.zenith, studio.zenith};
  gl.Begin(GL_QUADS);
  for (int band = 0; band < 3; ++band) {
    colour(colours[band]);
    gl.Vertex3f(-1, heights[band], 0);
    gl.Vertex3f(1, heights[band], 0);
    colour(colours[band + 1]);
    gl.Vertex3f(1, heights[band + 1], 0);
    gl.Vertex3f(-1, heights[band + 1], 0);
  }
  gl.End();
  for (GLenum mode : {GL_PROJECTION, GL_MODELVIEW}) {
    gl.MatrixMode(mode);
    gl.PopMatrix();
  }
  gl.PopAttrib();
}

}  // namespace carrot
