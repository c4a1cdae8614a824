# One camera's pipeline: joins the three folders of the live flow.
add_library(vedette-agent-camera STATIC ${CMAKE_CURRENT_LIST_DIR}/camera.cpp ${CMAKE_CURRENT_LIST_DIR}/camera_stages.cpp
            ${CMAKE_CURRENT_LIST_DIR}/camera_pictures.cpp ${CMAKE_CURRENT_LIST_DIR}/camera_sound.cpp
            ${CMAKE_CURRENT_LIST_DIR}/camera_recorders.cpp ${CMAKE_CURRENT_LIST_DIR}/camera_targets.cpp
            ${CMAKE_CURRENT_LIST_DIR}/sub_stream.cpp)
target_link_libraries(vedette-agent-camera PUBLIC
    vedette-core-base vedette-core-media vedette-core-protocol vedette-core-settings
    vedette-agent-capture vedette-agent-encode vedette-agent-publish vedette-agent-recordings Qt6::Core)
