// The few OpenGL calls that gui/render makes itself, looked up at run time: a binary that can draw
// starts (and says what is missing) on a machine without any GL.
#pragma once

#include <GL/gl.h>
#include <GL/glext.h>

#include "engine/base/function_ref.h"
#include "engine/base/result.h"

// name, pointer type
#define CARROT_GL_CALLS(CALL)                                                                \
  CALL(BindFramebuffer, PFNGLBINDFRAMEBUFFERPROC)                                            \
  CALL(BlitFramebuffer, PFNGLBLITFRAMEBUFFERPROC)                                            \
  CALL(CheckFramebufferStatus, PFNGLCHECKFRAMEBUFFERSTATUSPROC)                              \
  CALL(DeleteFramebuffers, PFNGLDELETEFRAMEBUFFERSPROC)                                      \
  CALL(FramebufferTexture2D, PFNGLFRAMEBUFFERTEXTURE2DPROC)                                  \
  CALL(GenFramebuffers, PFNGLGENFRAMEBUFFERSPROC)                                            \
  CALL(UseProgram, PFNGLUSEPROGRAMPROC)                                                      \
  CALL(BindTexture, void (*)(GLenum, GLuint))                                                \
  CALL(Begin, void (*)(GLenum))                                                              \
  CALL(Clear, void (*)(GLbitfield))                                                          \
  CALL(ClearColor, void (*)(GLfloat, GLfloat, GLfloat, GLfloat))                             \
  CALL(Color3f, void (*)(GLfloat, GLfloat, GLfloat))                                         \
  CALL(DeleteTextures, void (*)(GLsizei, const GLuint*))                                     \
  CALL(DepthFunc, void (*)(GLenum))                                                          \
  CALL(DepthMask, void (*)(GLboolean))                                                       \
  CALL(DepthRange, void (*)(GLdouble, GLdouble))                                             \
  CALL(Disable, void (*)(GLenum))                                                            \
  CALL(Enable, void (*)(GLenum))                                                             \
  CALL(End, void (*)())                                                                      \
  CALL(Fogf, void (*)(GLenum, GLfloat))                                                      \
  CALL(GenTextures, void (*)(GLsizei, GLuint*))                                              \
  CALL(GetError, GLenum (*)())                                                               \
  CALL(GetIntegerv, void (*)(GLenum, GLint*))                                                \
  CALL(GetFloatv, void (*)(GLenum, GLfloat*))                                                \
  CALL(GetString, const GLubyte* (*)(GLenum))                                                \
  CALL(LoadIdentity, void (*)())                                                             \
  CALL(MatrixMode, void (*)(GLenum))                                                         \
  CALL(PixelStorei, void (*)(GLenum, GLint))                                                 \
  CALL(PopAttrib, void (*)())                                                                \
  CALL(PopMatrix, void (*)())                                                                \
  CALL(PushAttrib, void (*)(GLbitfield))                                                     \
  CALL(PushMatrix, void (*)())                                                               \
  CALL(ReadPixels, void (*)(GLint, GLint, GLsizei, GLsizei, GLenum, GLenum, void*))          \
  CALL(ShadeModel, void (*)(GLenum))                                                         \
  CALL(TexImage2D,                                                                           \
       void (*)(GLenum, GLint, GLint, GLsizei, GLsizei, GLint, GLenum, GLenum, const void*)) \
  CALL(TexParameteri, void (*)(GLenum, GLenum, GLint))                                       \
  CALL(Vertex3f, void (*)(GLfloat, GLfloat, GLfloat))                                        \
  CALL(Viewport, void (*)(GLint, GLint, GLsizei, GLsizei))

namespace carrot {

struct GlApi {
#define CARROT_GL_MEMBER(name, type) std::add_pointer_t<std::remove_pointer_t<type>> name = nullptr;
  CARROT_GL_CALLS(CARROT_GL_MEMBER)
#undef CARROT_GL_MEMBER
};

// Fills the table; once a process, after a context is current. Not thread-safe. Errors: G003 names
// the call that the driver lacks.
Status LoadGl(FunctionRef<void*(const char*)> get_proc_address);
// The table; LoadGl must have succeeded.
const GlApi& Gl();

}  // namespace carrot
