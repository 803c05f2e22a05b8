include(GNUInstallDirs)
# The programs look for their data beside themselves: <prefix>/bin/.. holds
# share/kernelevolve in an installation and the folders themselves in a checkout.
install(TARGETS kernelevolve kernelevolve-worker RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# Libraries that an archive of scripts/pack.sh carries along. The old tag holds for
# their own needs as well. Built with the path that is installed: what CMake puts in
# its place to keep room for it would look in the current folder first.
foreach(program kernelevolve kernelevolve-worker)
  target_link_options(${program} PRIVATE -Wl,--disable-new-dtags)
  set_target_properties(${program} PROPERTIES
    BUILD_WITH_INSTALL_RPATH ON INSTALL_RPATH "$ORIGIN/../lib/kernelevolve")
endforeach()
install(DIRECTORY include/kernelevolve DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
foreach(folder tasks knowledge targets gauntlet runners include)
  install(DIRECTORY ${folder} DESTINATION ${CMAKE_INSTALL_DATADIR}/kernelevolve
    PATTERN "__pycache__" EXCLUDE)
endforeach()
