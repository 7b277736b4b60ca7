// Compiled with -mavx512f (options.cmake); nothing but the table leaves this file.
#define CARROT_KERNELS avx512
#define CARROT_KERNELS_WIDE 1
#include "engine/agent/kernels_body.inc"
