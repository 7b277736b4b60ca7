# Each third-party library becomes one imported target dep::<name>. System packages come first;
# the pinned wheels (scripts/dev/fetch_deps.sh) fill CARROT_DEPS_DIR.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(PNG REQUIRED)
find_package(ZLIB REQUIRED)
find_package(tl-expected REQUIRED)
pkg_check_modules(luajit REQUIRED IMPORTED_TARGET luajit)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)

add_library(dep::threads ALIAS Threads::Threads)
add_library(dep::json ALIAS nlohmann_json::nlohmann_json)
add_library(dep::fmt ALIAS fmt::fmt)
add_library(dep::spdlog ALIAS spdlog::spdlog)
add_library(dep::cli11 ALIAS CLI11::CLI11)
add_library(dep::png ALIAS PNG::PNG)
add_library(dep::zlib ALIAS ZLIB::ZLIB)
add_library(dep::expected ALIAS tl::expected)
add_library(dep::luajit ALIAS PkgConfig::luajit)
add_library(dep::xxhash ALIAS PkgConfig::xxhash)

set(MUJOCO_DIR ${CARROT_DEPS_DIR}/mujoco_core/mujoco)
if(NOT EXISTS ${MUJOCO_DIR}/include/mujoco/mujoco.h)
  message(FATAL_ERROR "MuJoCo is missing in ${CARROT_DEPS_DIR}. Run: ./carrot setup")
endif()
add_library(dep_mujoco SHARED IMPORTED)
set_target_properties(dep_mujoco PROPERTIES
  IMPORTED_LOCATION ${MUJOCO_DIR}/libmujoco.so.4.0.0
  IMPORTED_SONAME libmujoco.so.4.0.0
  INTERFACE_INCLUDE_DIRECTORIES ${MUJOCO_DIR}/include)
add_library(dep::mujoco ALIAS dep_mujoco)

# Graphics are optional: without them the headless parts build and `carrot render` says what is missing.
# EGL and GL are opened at run time (gui/render/offscreen.cc), so only their headers are needed here.
pkg_check_modules(egl IMPORTED_TARGET egl)
pkg_check_modules(gl IMPORTED_TARGET gl)
set(IMGUI_DIR ${CARROT_DEPS_DIR}/comma_deps_imgui)
file(GLOB IMGUI_DIR LIST_DIRECTORIES true ${IMGUI_DIR}/*.data/purelib/imgui/install)
if(CARROT_GRAPHICS AND egl_FOUND AND gl_FOUND AND IMGUI_DIR)
  set(CARROT_GL ON)
  add_library(dep_imgui STATIC IMPORTED)
  set_target_properties(dep_imgui PROPERTIES
    IMPORTED_LOCATION ${IMGUI_DIR}/lib/libimgui.a
    INTERFACE_INCLUDE_DIRECTORIES ${IMGUI_DIR}/include
    INTERFACE_LINK_LIBRARIES "${CMAKE_DL_LIBS}")
  add_library(dep_glfw STATIC IMPORTED)
  set_target_properties(dep_glfw PROPERTIES
    IMPORTED_LOCATION ${IMGUI_DIR}/lib/libglfw3.a
    INTERFACE_LINK_LIBRARIES "Threads::Threads;${CMAKE_DL_LIBS};rt;m")
  add_library(dep::imgui ALIAS dep_imgui)
  add_library(dep::glfw ALIAS dep_glfw)
  add_library(dep_egl INTERFACE)
  target_include_directories(dep_egl SYSTEM INTERFACE ${egl_INCLUDE_DIRS} ${gl_INCLUDE_DIRS})
  target_link_libraries(dep_egl INTERFACE ${CMAKE_DL_LIBS})
  add_library(dep::egl ALIAS dep_egl)
else()
  set(CARROT_GL OFF)
  message(STATUS "building without graphics (CARROT_GRAPHICS off, or EGL, GL or ImGui missing)")
endif()
