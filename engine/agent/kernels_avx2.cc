// Compiled with -mavx2 -mfma (options.cmake); nothing but the table leaves this file.
#define CARROT_KERNELS avx2
#define CARROT_KERNELS_WIDE 0
#include "engine/agent/kernels_body.inc"
