# ImVec2 + ImVec2 in everything above.
target_compile_definitions(carrot_gui_widgets PUBLIC IMGUI_DEFINE_MATH_OPERATORS)
