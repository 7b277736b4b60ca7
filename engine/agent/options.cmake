# Vector flags for the two builds of the network kernels only; kernels.cc picks one at run time, so the
# program starts on any x86-64 CPU and learns on every x86-64-v3 one (AVX2 + FMA; 2013 and later).
# Never -march=native: a binary must run on another machine and give the same bits there.
set_source_files_properties(${CMAKE_SOURCE_DIR}/engine/agent/kernels_avx2.cc
  PROPERTIES COMPILE_OPTIONS "-mavx2;-mfma")
set_source_files_properties(${CMAKE_SOURCE_DIR}/engine/agent/kernels_avx512.cc
  PROPERTIES COMPILE_OPTIONS "-mavx2;-mfma;-mavx512f;-Wno-maybe-uninitialized")  # GCC 12's own headers (bug 105593)
